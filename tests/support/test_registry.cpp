#include "tests/support/test_registry.h"

#include <QTest>
#include <cstdio>
#include <string_view>
#include <vector>

namespace tests {
namespace {
std::vector<Factory>& factories() {
    static std::vector<Factory> all;
    return all;
}
} // namespace

bool registerTest(Factory factory) {
    factories().push_back(std::move(factory));
    return true;
}

int runAll(int argc, char** argv) {
    std::vector<char*> arguments(argv, argv + argc);
    std::string_view only;
    if (argc > 1 && argv[1][0] >= 'A' && argv[1][0] <= 'Z') {
        only = argv[1];
        arguments.erase(arguments.begin() + 1);
    }
    int failures = 0;
    int run = 0;
    for (const auto& factory : factories()) {
        const auto test = factory();
        if (!only.empty() && only != test->metaObject()->className())
            continue;
        ++run;
        failures += QTest::qExec(test.get(), static_cast<int>(arguments.size()), arguments.data());
    }
    if (run == 0) {
        std::fprintf(stderr, "no test class ran\n");
        return 1;
    }
    return failures;
}

} // namespace tests
