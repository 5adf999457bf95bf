#pragma once
// Opens a protected cluster for changes, for a while: asks for its name.

#include "ui/widgets/dialog.h"

#include <chrono>

class QLineEdit;

namespace ui::widgets {
class SegmentedChoice;
}

namespace ui::connections {

class UnlockDialog : public widgets::Dialog {
    Q_OBJECT
public:
    UnlockDialog(const QString& cluster, bool production, QWidget* near);

signals:
    void agreed(std::chrono::minutes duration);

private:
    QString m_cluster;
    QLineEdit* m_name;
    widgets::SegmentedChoice* m_duration;
    QAction* m_do;
};

} // namespace ui::connections
