#include "tests/support/test_registry.h"

#include <QApplication>
#include <csignal>

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN); // as the programs do
    const QApplication application(argc, argv);
    return tests::runAll(argc, argv);
}
