#pragma once
// The form of a SCRAM user: a new one, or a new password. The password goes into a Secret and out of the fields; it is never shown, stored or logged.

#include "models/client/access_types.h"
#include "ui/widgets/dialog.h"

class QComboBox;
class QLineEdit;
class QSpinBox;

namespace ui::widgets {
class PlainLabel;
}

namespace ui::access {

class UserDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `user` with a name: another password for it. `taken`: all that are there.
    UserDialog(const QString& cluster, const models::client::ScramUser& user, const QList<models::client::ScramUser>& taken, QWidget* near);

signals:
    void wished(const models::client::ScramUpsert& credential);

private:
    void check();
    models::client::ScramUser m_user;
    QList<models::client::ScramUser> m_taken;
    QLineEdit* m_name;
    QComboBox* m_mechanism;
    QSpinBox* m_iterations;
    QLineEdit* m_password;
    QLineEdit* m_again;
    widgets::PlainLabel* m_problem;
    QAction* m_do;
};

} // namespace ui::access
