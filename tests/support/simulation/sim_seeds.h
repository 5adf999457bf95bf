#pragma once
// Many seeds, or the one that failed: what every simulation test runs. PREFIX is its own, as SAMSA_CLUSTER:
//
//   PREFIX_SEEDS=1000  how many seeds
//   PREFIX_FIRST=1     the first of them
//   PREFIX_SEED=17     only this one: replays exactly what a failing run printed

#include <QCoreApplication>
#include <QString>
#include <QtGlobal>
#include <cstdint>
#include <functional>
#include <string>

namespace tests::simulation {

struct Seeds {
    std::uint64_t count = 0;
    QString problem; ///< of the first that failed, with how to replay it; empty = all is well
};

/// `simulate` answers what is wrong, empty = nothing.
inline Seeds runSeeds(const QString& prefix, std::uint64_t usual, const std::function<std::string(std::uint64_t seed)>& simulate) {
    const auto asked = [&](const char* what, std::uint64_t otherwise) {
        const QByteArray name = (prefix + QLatin1Char('_') + QLatin1String(what)).toLatin1();
        return qEnvironmentVariableIsSet(name.constData()) ? std::uint64_t(qEnvironmentVariable(name.constData()).toULongLong()) : otherwise;
    };
    const std::uint64_t only = asked("SEED", 0);
    const std::uint64_t first = only != 0 ? only : asked("FIRST", 1);
    const std::uint64_t count = only != 0 ? 1 : asked("SEEDS", usual);
    for (std::uint64_t seed = first; seed < first + count; ++seed)
        if (const std::string problem = simulate(seed); !problem.empty())
            return {seed - first, QStringLiteral("seed %1: %2\nreplay: %3_SEED=%1 %4")
                                      .arg(seed)
                                      .arg(QString::fromStdString(problem), prefix, QCoreApplication::applicationFilePath())};
    return {count, {}};
}

} // namespace tests::simulation
