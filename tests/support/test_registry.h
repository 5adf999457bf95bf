#pragma once
// One test executable holds many Qt Test classes: each registers itself, main runs them all and adds up their failures.
//
//     class UuidTest : public QObject { Q_OBJECT private slots: void roundTrips(); };
//     ...
//     SAMSA_TEST(UuidTest)
//     #include "uuid_test.moc"

#include <QObject>
#include <functional>
#include <memory>

namespace tests {

using Factory = std::function<std::unique_ptr<QObject>()>;
bool registerTest(Factory factory);
/// Runs every registered class; `argv[1]` may name one class, the rest goes to Qt Test. Returns the number of failures.
int runAll(int argc, char** argv);

} // namespace tests

#define SAMSA_TEST(Class) \
    [[maybe_unused]] static const bool registered##Class = ::tests::registerTest([] { return std::make_unique<Class>(); });
