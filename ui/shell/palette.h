#pragma once
// Ctrl+K: goes anywhere and does anything. Actions come from the registry, places and things from sources that app/ adds.

#include "ui/shell/action_registry.h"
#include "ui/shell/location.h"

#include <QWidget>

class QLineEdit;
class QListView;

namespace ui::shell {

struct PaletteItem {
    QString kind;  ///< "Topic", "Group", "Cluster", "Go", "Do"
    QString text;  ///< "payments.eu.settled"
    QString note;  ///< "payments · production", "Ctrl P", or why it cannot be done now
    Location location = {};
    QPointer<Action> action = {};
    bool enabled = true;
};

/// What a source gives: at most `max` items that may match; the palette sorts and cuts.
using PaletteSource = std::function<QList<PaletteItem>(const QString& words, int max)>;

/// How well `text` answers `words`: 0 = not at all. Every word has to be in it; the start of the text or of a part counts more, and a
/// short text more than a long one. `marks` gets the matched ranges as (from, length).
int paletteScore(const QString& text, const QString& words, QList<std::pair<int, int>>* marks = nullptr);

class Palette : public QWidget {
    Q_OBJECT
public:
    Palette(ActionRegistry& actions, QWidget* window);
    void addSource(PaletteSource source) { m_sources.append(std::move(source)); }
    /// `context` is the kind of the shown page: its actions come first.
    void open(const QString& context, const QString& words = {});
    void dismiss();
    /// What the palette shows for these words; for tests: every action can be reached.
    [[nodiscard]] QList<PaletteItem> itemsFor(const QString& words, const QString& context) const;

signals:
    void chosen(const ui::shell::Location& place);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool focusNextPrevChild(bool) override { return true; }

private:
    void place();
    void fill();
    void take(int row);
    class Panel;
    class Items;
    class Delegate;
    ActionRegistry& m_actions;
    QList<PaletteSource> m_sources;
    QString m_context;
    Panel* m_panel;
    QLineEdit* m_words;
    QListView* m_list;
    Items* m_items;
    QPointer<QWidget> m_focusBefore;
};

} // namespace ui::shell
