#pragma once
// What a setting of a topic or broker means, and values as people write them: "7 d", "1 GiB", "none". Pure; any thread.

#include <QLocale>
#include <QString>
#include <QStringList>
#include <expected>

namespace models::topics {

enum class SettingKind { Text, Duration, Size, Number, Share, Switch, Choice, Choices };

struct SettingGuide {
    SettingKind kind = SettingKind::Text;
    QString meaning;     ///< a sentence; empty when the name is not known here
    QStringList choices; ///< of Switch, Choice and Choices
    bool minusOneIsNone = false; ///< -1 means no limit
    qint64 unit = 1;     ///< milliseconds of a duration's number: 1, 60'000 (.minutes), 3'600'000 (.hours)
};

/// By Kafka's name, of a topic or of the broker setting that gives topics their default ("log.cleaner.min.cleanable.ratio").
SettingGuide settingGuide(const QString& name);

/// What Kafka is given for what was typed: "7 d" -> "604800000", "1.5 GiB" -> "1610612736", "none" -> "-1" or the largest number. What is
/// valid as it is stays. The error is a sentence: what is wrong and what would do.
std::expected<QString, QString> settingValue(const QString& name, const QString& typed);

/// The other way round, exact: "604800000" -> "7 d", "1610612736" -> "1536 MiB"; what no unit divides stays. settingValue() gives it back.
QString settingTyped(const QString& name, const QString& value);

/// As people read it, exact: "604800000" -> "7 days", "1500" -> "1,500 ms", "1073741824" -> "1 GiB", "-1" -> "no limit"; what is no amount stays.
QString settingShown(const QString& name, const QString& value, const QLocale& locale = QLocale());

} // namespace models::topics
