#include "tests/support/test_registry.h"

#include <QCoreApplication>
#include <csignal>

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN); // as the programs do
    const QCoreApplication application(argc, argv);
    return tests::runAll(argc, argv);
}
