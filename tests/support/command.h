#pragma once
// A program run to its end, and what it said.

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>

namespace tests {

struct Outcome {
    int code = -1; ///< of the exit; -1 = it crashed, did not start or did not end
    QByteArray out;
    QByteArray err;
    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

inline Outcome run(const QString& program, const QStringList& arguments, const QByteArray& input = {},
                   const QProcessEnvironment& environment = QProcessEnvironment::InheritFromParent) {
    constexpr int kPatienceMs = 120'000;
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(kPatienceMs))
        return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(), process.readAllStandardError()};
}

#ifdef SAMSA_TEST_PROGRAM
/// The program that is tested.
inline Outcome samsa(const QStringList& arguments) { return run(QStringLiteral(SAMSA_TEST_PROGRAM), arguments); }
#endif

} // namespace tests
