#pragma once
// A page fills the main area. It is made by a factory that app/ registers, told where to go by `open`, and speaks to the rest only
// through its PageContext: Locations out, Actions in the registry, notices to the user. ui/README.md shows a whole one.

#include "ui/shell/action_registry.h"
#include "ui/shell/location.h"
#include "ui/theme/theme.h"

#include <QHash>
#include <QList>
#include <QWidget>
#include <functional>

namespace ui::shell {

/// The action that leads to the overview of the cluster whose page is shown; for states that say "not connected". In tests of one page there is none.
inline const QString kToOverview = QStringLiteral("go.place.overview");

/// A state in words for the header line: "1 broker down, no message lost".
struct Pill {
    QString text;
    theme::Tone tone = theme::Tone::Neutral;
    QString toolTip = {};
    bool operator==(const Pill&) const = default;
};

/// What the header line shows of a page.
struct PageHeader {
    QString title;                       ///< "orders"
    QString crumb = {};                  ///< "Messages": shown before the title, goes to `crumbPlace`
    Location crumbPlace = {};
    QList<Pill> pills = {};
    QList<Action*> actions = {};         ///< quiet to primary; the last may be primary, see `primary`
    Action* primary = nullptr;           ///< painted in the accent colour; among `actions`
    QList<Action*> quiet = {};           ///< painted without a border; among `actions`
    QWidget* tools = nullptr;            ///< e.g. a search field, before the actions; stays the page's
};

/// Something to tell the user, shown in a bar for some seconds or until closed (`bad`, or with an action).
struct Notice {
    QString text;
    theme::Tone tone = theme::Tone::Neutral;
    QString actionText = {}; ///< "Undo", "Show"
    std::function<void()> action = {};
    QString cluster = {};    ///< key: the notice goes when a page of another one is shown; empty = it stays
};

/// What a page may ask of the window. Lives as long as the window.
class PageContext {
public:
    virtual ~PageContext() = default;
    virtual void go(const Location& place) = 0;
    virtual ActionRegistry& actions() = 0;
    virtual void notify(const Notice& notice) = 0;
    virtual void copy(const QString& text, const QString& what) = 0; ///< to the clipboard, and says so: "Copied the address"
    /// View state kept per cluster and page, saved 500 ms after the last change. Keys are the page's own.
    virtual QVariant state(const Location& place, const QString& key) const = 0;
    virtual void setState(const Location& place, const QString& key, const QVariant& value) = 0;
    /// 4 Hz while the window is visible: charts of one page move together. Null in tests that need none.
    virtual QObject* tickSource() = 0;
    /// Calls `f` at 4 Hz while `receiver` lives and is visible.
    virtual void onTick(QWidget* receiver, std::function<void()> f) = 0;
};

class Page : public QWidget {
    Q_OBJECT
public:
    explicit Page(PageContext& context, QWidget* parent = nullptr) : QWidget(parent), m_context(context) {}

    /// Shows a place of this page's kind and cluster. Called again with another name or view; keep what can be kept.
    virtual void open(const Location& place) = 0;
    [[nodiscard]] virtual PageHeader header() const = 0;
    /// Parts of the status line at the bottom, left to right.
    [[nodiscard]] virtual QStringList status() const { return {}; }
    /// Where the reader is now, with the view state that Back, links and restore shall bring again.
    [[nodiscard]] virtual Location location() const = 0;
    /// A banner over the page, as long as it stands: production unlocked (Bad) or locked (Neutral). Empty = none.
    [[nodiscard]] virtual Pill banner() const { return {}; }
    /// Where the keyboard goes when the page is shown; null = its first widget.
    [[nodiscard]] virtual QWidget* firstFocus() { return nullptr; }

signals:
    void headerChanged();   ///< header(), status() or banner() say something else
    void locationChanged(); ///< the view changed: replaces the current entry of the history, makes no new one

protected:
    [[nodiscard]] PageContext& context() const { return m_context; }

private:
    PageContext& m_context;
};

/// Which pages there are. Filled by app/, in the order of the sidebar.
class PageRegistry {
public:
    /// `cluster` is the key of the Location; one page per kind and cluster is made when first shown and kept while it is open.
    using Factory = std::function<Page*(PageContext& context, const QString& cluster, QWidget* parent)>;
    struct Entry {
        QString kind;
        QString title; ///< translated, as in the sidebar; empty = not listed there
        Factory make;
        QString about = {};  ///< what the Location's name is: "topic"; empty = its own
        bool needsOne = false; ///< there is no list of them here: without a name it shows one anyway
    };
    void add(Entry entry) { m_entries.append(std::move(entry)); }
    [[nodiscard]] const QList<Entry>& entries() const { return m_entries; }
    [[nodiscard]] const Entry* find(const QString& kind) const {
        for (const auto& entry : m_entries)
            if (entry.kind == kind)
                return &entry;
        return nullptr;
    }

private:
    QList<Entry> m_entries;
};

} // namespace ui::shell
