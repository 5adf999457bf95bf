#pragma once
// Finding messages, in two depths: a line and what kind it is; below it, when asked for, from when to when and how much may be read. Once a search has begun: how
// far it is, why it is not running, Stop and Continue, and messages over time. The page shows results().

#include "models/search/search.h"
#include "ui/shell/page.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QProgressBar;

namespace models::session {
class ClusterSession;
}
namespace ui::widgets {
class Button;
class Card;
class PlainLabel;
class SegmentedChoice;
} // namespace ui::widgets

namespace ui::messages {

class SearchField;
class SearchHistogram;

class SearchPanel : public QWidget {
    Q_OBJECT
public:
    SearchPanel(shell::PageContext& context, models::session::ClusterSession* session, shell::Page* page);

    /// Another topic: a search of the one before ends.
    void setPlace(const shell::Location& place);
    /// Only these partitions from the next search on; empty = all.
    void setPartitions(const QSet<int>& partitions) { m_partitions = partitions; }
    /// Only committed messages from the next search on.
    void setCommitted(bool committed) { m_committed = committed; }
    /// Records that are on screen: their fields are offered while one writes.
    void learnNames(const QList<const models::client::Record*>& records);
    [[nodiscard]] models::search::Search* search() { return &m_search; }
    [[nodiscard]] const models::search::Search* search() const { return &m_search; }
    /// A search was begun and not closed: its results are shown.
    [[nodiscard]] bool isShown() const { return m_search.state() != models::search::Search::State::Idle; }
    /// Fills the view of a Location, and takes one up: a link may hold a search, which then begins.
    void describe(QMap<QString, QString>& view) const;
    void takeUp(const QMap<QString, QString>& view);
    /// Buttons of states: "Continue", "Show all messages".
    [[nodiscard]] shell::Action* again() const { return m_continue; }
    [[nodiscard]] shell::Action* close() const { return m_close; }
    [[nodiscard]] shell::Action* anyCase() const { return m_anyCase; } ///< enabled where a text was not found as it is written
    [[nodiscard]] QString reason() const; ///< why it is not running, in a sentence; empty while it runs
    void focusField();

signals:
    void shownChanged(); ///< isShown()
    void changed();      ///< state or numbers

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeActions(shell::Page* page);
    void begin();
    void beginAnyCase();
    void refresh();
    void refreshNumbers();
    void remember(const QString& text);
    void loadRecent();
    [[nodiscard]] std::optional<qint64> timeIn(QLineEdit* field) const;
    [[nodiscard]] QString recentKey() const;

    shell::PageContext& m_context;
    models::session::ClusterSession* m_session;
    models::search::Search m_search;
    shell::Location m_place;
    QSet<int> m_partitions;
    bool m_committed = false;
    QStringList m_names;
    bool m_wasShown = false;

    QComboBox* m_kind;
    SearchField* m_field;
    widgets::PlainLabel* m_verdict;
    QWidget* m_more;
    QLineEdit* m_from;
    QLineEdit* m_until;
    QComboBox* m_cap;
    QComboBox* m_pace;
    QWidget* m_line;
    QProgressBar* m_bar;
    widgets::PlainLabel* m_scanned;
    widgets::PlainLabel* m_matched;
    widgets::PlainLabel* m_rest;
    widgets::PlainLabel* m_why;
    widgets::Button* m_stopButton;
    widgets::Button* m_continueButton;
    widgets::Card* m_overTimeCard;
    SearchHistogram* m_overTime;
    shell::Action* m_find = nullptr;
    shell::Action* m_run = nullptr;
    shell::Action* m_moreAction = nullptr;
    shell::Action* m_stop = nullptr;
    shell::Action* m_continue = nullptr;
    shell::Action* m_close = nullptr;
    shell::Action* m_anyCase = nullptr;
};

} // namespace ui::messages
