#pragma once
// When a group's lag shall be told of on the desktop.

#include "models/base/error.h"
#include "models/groups/lag_alert.h"
#include "ui/widgets/dialog.h"

class QComboBox;
class QLineEdit;

namespace models::groups {
class AlertService;
}
namespace ui::widgets {
class PlainLabel;
}

namespace ui::groups {

class AlertDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `now`: how it stands, in words, for the foot.
    AlertDialog(models::groups::AlertService* alerts, const QString& group, const QString& now, QWidget* near);

private:
    [[nodiscard]] models::Result<models::groups::LagRule> wanted() const;
    void check();
    QString m_group;
    QLineEdit* m_threshold;
    QComboBox* m_measure;
    QLineEdit* m_length;
    widgets::PlainLabel* m_judged;
    QAction* m_save;
};

} // namespace ui::groups
