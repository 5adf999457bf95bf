#pragma once
// A new local cluster: its name, how many brokers, settings over the defaults.

#include "models/localcluster/local_cluster_service.h"
#include "ui/widgets/dialog.h"

#include <QSet>

class QCheckBox;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;

namespace ui::widgets {
class PlainLabel;
}

namespace ui::localcluster {

class StartClusterDialog : public widgets::Dialog {
    Q_OBJECT
public:
    /// `taken`: names of clusters that exist.
    StartClusterDialog(const QSet<QString>& taken, QWidget* near);

signals:
    void wished(const models::localcluster::StartOptions& options);

private:
    void check();
    [[nodiscard]] models::localcluster::StartOptions options() const;
    QSet<QString> m_taken;
    QLineEdit* m_name;
    QSpinBox* m_brokers;
    QCheckBox* m_secure;
    QCheckBox* m_keep;
    QPlainTextEdit* m_settings;
    widgets::PlainLabel* m_problem;
    QAction* m_start;
};

} // namespace ui::localcluster
