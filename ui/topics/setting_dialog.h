#pragma once
// One setting: what it means, where its value comes from, and a new one in the units of people. The change goes through its plan.

#include "models/client/kafka_types.h"
#include "ui/changes/change_flow.h"

#include <QString>

namespace ui::topics {

struct SettingFacts {
    models::client::ConfigResource resource;
    QString of;     ///< "Of the topic orders."
    QString name;
    QString value;
    QString fallback; ///< what applies without it; empty = not known
    QString source;   ///< where the value comes from, in words
    bool isSet = false; ///< on this resource itself: it can be taken back
};

/// Opens it over `near`.
void openSettingDialog(QWidget* near, changes::ChangeFlow* flow, const SettingFacts& facts);

} // namespace ui::topics
