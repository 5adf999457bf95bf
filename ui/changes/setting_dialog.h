#pragma once
// One setting: what it means, where its value comes from and what stands behind it, and a new one in the units of people.

#include "models/client/kafka_types.h"

#include <QString>
#include <functional>
#include <optional>

class QWidget;

namespace ui::changes {

struct SettingFacts {
    QString of;     ///< "Of the topic orders."
    QString name;
    QString value;
    QString fallback; ///< what applies without it; empty = not known
    QString source;   ///< where the value comes from, in words
    bool isSet = false; ///< on this resource itself: it can be taken back
    bool readOnly = false; ///< shown, and cannot be changed
    bool sensitive = false;
    QList<models::client::ConfigSynonym> synonyms = {}; ///< what stands behind it, nearest first
    QString wished = {};    ///< a new value that was chosen before
    QString doText = {};    ///< of the button that takes the new value; empty: "Show the plan"
};

/// Opens it over `near`. `done` gets the new value as Kafka takes it; none: what is set is taken back.
void openSettingDialog(QWidget* near, const SettingFacts& facts, std::function<void(std::optional<QString> value)> done);

} // namespace ui::changes
