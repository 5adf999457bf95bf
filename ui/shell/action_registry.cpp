#include "ui/shell/action_registry.h"

#include "ui/theme/icons.h"

#include <QWidget>

namespace ui::shell {

Action::Action(ActionSpec spec, QObject* parent) : QAction(spec.text, parent), m_spec(std::move(spec)) {
    setObjectName(m_spec.id);
    if (!m_spec.icon.isEmpty())
        setIcon(theme::icon(m_spec.icon));
    setIconVisibleInMenu(!m_spec.icon.isEmpty());
    retip();
}

void Action::setRefusal(const QString& reason) {
    if (m_refusal == reason && isEnabled() == reason.isEmpty())
        return;
    m_refusal = reason;
    setEnabled(reason.isEmpty());
    retip();
}

void Action::retip() {
    // Tool tips are rich text when they look like it, so what comes from a cluster is escaped.
    QString tip = m_refusal.isEmpty() ? (m_spec.explanation.isEmpty() ? text() : m_spec.explanation) : m_refusal;
    tip = tip.toHtmlEscaped();
    if (!shortcut().isEmpty() || !m_spec.key.isEmpty())
        tip += QStringLiteral("  (%1)").arg(m_spec.key.toString(QKeySequence::NativeText).toHtmlEscaped());
    setToolTip(QStringLiteral("<span>%1</span>").arg(tip));
}

ActionRegistry::ActionRegistry(QObject* parent) : QObject(parent) {}

Action* ActionRegistry::add(ActionSpec spec, QObject* owner) {
    if (spec.text.isEmpty())
        m_problems.append(QStringLiteral("%1 has no text").arg(spec.id));
    if (find(spec.id) && find(spec.id)->parent() == owner)
        m_problems.append(QStringLiteral("%1 is registered twice").arg(spec.id));
    bool free = true;
    if (!spec.key.isEmpty()) {
        for (const auto& other : m_actions) {
            if (!other || other->id() == spec.id || other->spec().key != spec.key)
                continue;
            if (other->spec().context.isEmpty() || spec.context.isEmpty() || other->spec().context == spec.context) {
                m_problems.append(QStringLiteral("%1 is the key of both %2 and %3").arg(spec.key.toString(), other->id(), spec.id));
                free = false;
            }
        }
    }
    auto* action = new Action(std::move(spec), owner);
    if (free && !action->m_spec.key.isEmpty()) {
        action->setShortcut(action->m_spec.key);
        // Qt asks whether the widget is shown, so a page's keys work only while it is.
        action->setShortcutContext(Qt::WindowShortcut);
    }
    if (auto* widget = qobject_cast<QWidget*>(owner))
        widget->addAction(action);
    connect(action, &QAction::triggered, action, [action] {
        if (action->m_spec.run)
            action->m_spec.run();
    });
    connect(action, &QObject::destroyed, this, [this] {
        m_actions.removeIf([](const QPointer<Action>& a) { return a.isNull(); });
        emit changed();
    });
    m_actions.append(action);
    emit changed();
    return action;
}

QList<Action*> ActionRegistry::actions() const {
    QList<Action*> all;
    for (const auto& action : m_actions)
        if (action)
            all.append(action.data());
    return all;
}

Action* ActionRegistry::find(const QString& id) const {
    // The newest with this id: pages of several clusters bring their own.
    for (auto it = m_actions.rbegin(); it != m_actions.rend(); ++it)
        if (*it && (*it)->id() == id)
            return it->data();
    return nullptr;
}

QList<Action*> ActionRegistry::actionsIn(const QString& context) const {
    QList<Action*> found;
    for (const auto& action : m_actions) {
        if (!action || !(action->spec().context.isEmpty() || action->spec().context == context))
            continue;
        // Of pages that exist for several clusters only the shown one counts.
        const auto* widget = qobject_cast<const QWidget*>(action->parent());
        if (widget && !widget->isVisible() && !action->spec().context.isEmpty())
            continue;
        found.append(action.data());
    }
    return found;
}

} // namespace ui::shell
