#pragma once
// Every command of the program, once: buttons, menus, the palette and the list of keys are made from it.
//
//     auto* create = registry->add({.id = "topics.create", .text = tr("Create topic"), .key = QKeySequence("Ctrl+N"),
//                                   .context = "topics", .run = [this] { openCreateDialog(); }}, this);
//     create->setRefusal(tr("orders-eu is read-only"));     // greyed everywhere, with the reason
//
// An Action whose owner is a Page works while that page is shown; one owned by the window always. Interface thread.

#include <QAction>
#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QPointer>
#include <functional>

namespace ui::shell {

/// How much a command can break; decides where it may stand and how it looks.
enum class Safety {
    Harmless,    ///< shows, copies, goes
    Changes,     ///< changes something, can be undone
    Destructive, ///< loses data or stops something: neutral until pointed at, always asks
};

struct ActionSpec {
    QString id;             ///< stable: "topics.create"
    QString text;           ///< translated, as on the button: "Create topic"
    QKeySequence key = {};  ///< empty = none
    QString context = {};   ///< kind of the page where it applies; empty = everywhere
    Safety safety = Safety::Harmless;
    QString icon = {};      ///< name in resources/icons, without ".svg"
    QString menu = {};      ///< id of the menu it stands in: "file", "go", "view", "cluster", "help"; empty = the page's menu
    QString explanation = {}; ///< one sentence for tooltip and palette
    std::function<void()> run = {};
};

/// A QAction that knows its id, its context and why it cannot be done now.
class Action : public QAction {
    Q_OBJECT
public:
    [[nodiscard]] const QString& id() const { return m_spec.id; }
    [[nodiscard]] const ActionSpec& spec() const { return m_spec; }
    [[nodiscard]] Safety safety() const { return m_spec.safety; }
    /// Empty = it can be done. Otherwise a sentence; the action is disabled and the reason shows in tooltip and palette.
    void setRefusal(const QString& reason);
    [[nodiscard]] const QString& refusal() const { return m_refusal; }

private:
    friend class ActionRegistry;
    Action(ActionSpec spec, QObject* parent);
    void retip();
    ActionSpec m_spec;
    QString m_refusal;
};

/// One for the program, made in app/, passed to pages by their PageContext.
class ActionRegistry : public QObject {
    Q_OBJECT
public:
    explicit ActionRegistry(QObject* parent = nullptr);

    /// `owner` owns the action; when it is a QWidget, the key works while that widget is shown. An id or a key that is taken in
    /// the same context is a mistake: `problems()` lists it and the second key is not bound.
    Action* add(ActionSpec spec, QObject* owner);
    [[nodiscard]] QList<Action*> actions() const; ///< in order of registration
    [[nodiscard]] Action* find(const QString& id) const;
    /// Those that apply on a page of this kind: its own and the global ones.
    [[nodiscard]] QList<Action*> actionsIn(const QString& context) const;
    /// Sentences for tests: double ids, keys used twice in one context, actions without text.
    [[nodiscard]] const QStringList& problems() const { return m_problems; }

signals:
    void changed(); ///< added or gone

private:
    QList<QPointer<Action>> m_actions;
    QStringList m_problems;
};

} // namespace ui::shell
