#pragma once
// Many messages to a topic of any connected cluster: a range of a topic's, chosen or found ones, or those of a file. The form, the plan, then progress with pause and stop,
// and what came of it.

#include "models/replay/replay_run.h"
#include "models/replay/selection.h"
#include "ui/shell/page.h"

#include <QPointer>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLineEdit;
class QProgressBar;
class QSpinBox;

namespace models::changes {
class ChangeService;
struct Plan;
} // namespace models::changes
namespace ui::widgets {
class PlainLabel;
class PlanDialog;
} // namespace ui::widgets

namespace ui::replay {

/// A cluster that messages can be sent to now.
struct Endpoint {
    QString key;
    QString name;
    models::client::ClientConfig config;
    models::changes::ChangeService* changes = nullptr;
};
/// What app/ gives.
struct SendTools {
    std::shared_ptr<models::store::Database> database; ///< null: replays cannot be begun, because nothing would be remembered
    std::function<QList<Endpoint>()> endpoints;
    const models::replay::SelectionShelf* selections = nullptr; ///< null: none can be handed over
};

class ReplayPanel : public QWidget {
    Q_OBJECT
public:
    ReplayPanel(shell::PageContext& context, SendTools tools, QWidget* parent = nullptr);
    void setSource(const models::client::ClientConfig& config, const QString& clusterKey, const QString& topic);
    void makeActions(QWidget* page);
    /// What was chosen on another page is what will be sent; none: a range. `gone`: it was, before the program was started again.
    void setSelection(const std::optional<models::replay::Selection>& selection, bool gone = false);
    /// Clusters come and go.
    void refreshEndpoints();
    [[nodiscard]] bool running() const { return m_running; }
    [[nodiscard]] shell::Action* planAction() const { return m_plan; }

signals:
    void changed();

private:
    enum What { Range, Chosen, File };
    [[nodiscard]] What what() const;
    void showWhat();
    void chooseFile();
    void check();
    void askPlan(bool withoutTransactions = false);
    void sendPlain();
    void offerPlain(bool offer);
    void begin(models::changes::ChangeService* service, const models::changes::Plan& plan);
    void showProgress();
    [[nodiscard]] std::optional<Endpoint> endpoint() const;

    shell::PageContext& m_context;
    SendTools m_tools;
    models::client::ClientConfig m_source;
    QString m_sourceKey;
    QString m_topic;
    QList<Endpoint> m_endpoints;
    std::optional<models::replay::Selection> m_selection;
    QFormLayout* m_form;
    QComboBox* m_what;
    widgets::PlainLabel* m_chosen;
    QWidget* m_fileRow;
    QLineEdit* m_file;
    shell::Action* m_browse = nullptr;
    QComboBox* m_cluster;
    QLineEdit* m_target;
    QCheckBox* m_keep;
    QLineEdit* m_from;
    QLineEdit* m_until;
    QSpinBox* m_rate;
    widgets::PlainLabel* m_problem;
    QProgressBar* m_bar;
    widgets::PlainLabel* m_progress;
    shell::Action* m_plan = nullptr;
    shell::Action* m_pause = nullptr;
    shell::Action* m_stop = nullptr;
    shell::Action* m_plain = nullptr; ///< offered where the target begins no transaction
    bool m_plainOffered = false;
    bool m_plainWished = false;       ///< as soon as what waits has stopped
    std::shared_ptr<models::replay::ReplayDesk> m_desk;
    bool m_planning = false;
    bool m_running = false;
};

} // namespace ui::replay
