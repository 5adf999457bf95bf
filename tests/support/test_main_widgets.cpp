#include "tests/support/test_registry.h"

#include <QApplication>

int main(int argc, char** argv) {
    const QApplication application(argc, argv);
    return tests::runAll(argc, argv);
}
