#pragma once
// What cleaning takes out of a topic and when, as it is and under settings that are not applied yet; below, these settings and their plan. The Location's name is the
// topic. Small topics are measured when the page is opened, large ones when asked to: it reads them whole.

#include "models/compaction/compaction_study.h"
#include "ui/shell/page.h"

class QProgressBar;

namespace models::changes {
class ChangeService;
}
namespace models::session {
class ClusterSession;
}
namespace models::compaction {
class ForecastTableModel;
}
namespace ui::changes {
class ChangeFlow;
class SettingsEditor;
} // namespace ui::changes
namespace ui::widgets {
class Card;
class PlainLabel;
class StateStack;
class TableView;
} // namespace ui::widgets

namespace ui::topics {

/// What app/ gives: reading runs as a job; a cluster of this machine has files that say more.
struct CompactionTools {
    models::JobRunner* jobs = nullptr;
    std::function<QMap<int, QString>()> logDirectories; ///< by broker; null or empty: not of this machine
};

class CompactionPage : public shell::Page {
    Q_OBJECT
public:
    CompactionPage(shell::PageContext& context, models::session::ClusterSession* session, models::changes::ChangeService* changes, CompactionTools tools, QWidget* parent = nullptr);

    void open(const shell::Location& place) override;
    [[nodiscard]] shell::PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] shell::Location location() const override { return m_place; }
    [[nodiscard]] QWidget* firstFocus() override;
    [[nodiscard]] models::compaction::CompactionStudy* study() { return m_study; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitHonesty();
    QWidget* makePicture();
    QWidget* makeFigures(QWidget* parent);
    void makeActions();
    void measure();
    void measureIfSmall();
    void takeConfigs();
    void ask();
    void refresh();
    void showForecast();
    [[nodiscard]] QStringList consequences() const;
    [[nodiscard]] qint64 topicBytes() const;

    models::session::ClusterSession* m_session;
    CompactionTools m_tools;
    changes::ChangeFlow* m_flow;
    models::compaction::CompactionStudy* m_study;
    models::compaction::ForecastTableModel* m_model;
    changes::SettingsEditor* m_editor;
    widgets::Card* m_card;
    QWidget* m_progress;
    QProgressBar* m_bar;
    widgets::PlainLabel* m_progressText;
    widgets::StateStack* m_stack;
    widgets::TableView* m_table;
    QWidget* m_figures = nullptr;
    struct Figure {
        widgets::PlainLabel* title;
        widgets::PlainLabel* value;
        widgets::PlainLabel* note;
    };
    Figure m_freed{}, m_keys{}, m_tombstones{}, m_next{};
    widgets::PlainLabel* m_honesty = nullptr; ///< what of it is estimated, and what was not read
    shell::Action* m_measure = nullptr;
    shell::Action* m_again = nullptr;
    shell::Action* m_stop = nullptr;
    shell::Action* m_discard = nullptr;
    shell::Action* m_apply = nullptr;
    shell::Location m_place;
    bool m_wanted = false; ///< to be measured as soon as it is known how large it is
};

} // namespace ui::topics
