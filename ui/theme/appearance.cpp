#include "ui/theme/appearance.h"

#include "ui/theme/style.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace ui::theme {

namespace {
const auto kService = QStringLiteral("org.freedesktop.portal.Desktop");
const auto kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const auto kAppearance = QStringLiteral("org.freedesktop.appearance");
const auto kGnome = QStringLiteral("org.gnome.desktop.interface");
} // namespace

std::optional<Choice> choiceFromText(const QString& text) {
    if (text == QStringLiteral("system"))
        return Choice::System;
    if (text == QStringLiteral("light"))
        return Choice::Light;
    if (text == QStringLiteral("dark"))
        return Choice::Dark;
    return std::nullopt;
}

Appearance::Appearance(Choice choice, QObject* parent)
    : QObject(parent), m_choice(choice), m_systemDark(QApplication::palette().window().color().lightness() < 110) {
    install(make(m_systemDark ? Scheme::Dark : Scheme::Light));
    update();
    auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this, SLOT(settingChanged(QString, QString, QDBusVariant)));
    readPortal();
}

void Appearance::readPortal() {
    // Asked one by one and never waited for: the window shows meanwhile with what the palette says.
    const auto ask = [this](const QString& group, const QString& key) {
        auto call = QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
        call << group << key;
        auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call, 2000), this);
        connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, key](QDBusPendingCallWatcher* w) {
            const QDBusPendingReply<QDBusVariant> reply = *w;
            if (!reply.isError()) {
                take(key, reply.value().variant());
                update();
            }
            w->deleteLater();
        });
    };
    ask(kAppearance, QStringLiteral("color-scheme"));
    ask(kAppearance, QStringLiteral("contrast"));
    ask(kAppearance, QStringLiteral("reduced-motion"));
    ask(kGnome, QStringLiteral("enable-animations"));
    ask(kGnome, QStringLiteral("text-scaling-factor"));
}

void Appearance::settingChanged(const QString& group, const QString& key, const QDBusVariant& value) {
    // GNOME's own color-scheme is a word, not the portal's number.
    if (group != kAppearance && (group != kGnome || key == QStringLiteral("color-scheme")))
        return;
    take(key, value.variant());
    update();
}

void Appearance::take(const QString& key, const QVariant& wrapped) {
    // Read() wraps its variant once more than SettingChanged does.
    QVariant value = wrapped;
    if (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    if (key == QStringLiteral("color-scheme"))
        m_systemDark = value.toUInt() == 1;
    else if (key == QStringLiteral("contrast"))
        m_highContrast = value.toUInt() == 1;
    else if (key == QStringLiteral("reduced-motion"))
        m_reducedMotion = value.toUInt() == 1;
    else if (key == QStringLiteral("enable-animations"))
        m_reducedMotion = !value.toBool();
    else if (key == QStringLiteral("text-scaling-factor") && value.toDouble() >= 0.5 && value.toDouble() <= 3)
        m_textScale = value.toDouble();
}

void Appearance::setChoice(Choice choice) {
    m_choice = choice;
    update();
}

void Appearance::update() {
    const bool dark = m_choice == Choice::Dark || (m_choice == Choice::System && m_systemDark);
    Theme theme = make(dark ? Scheme::Dark : Scheme::Light, m_highContrast);
    theme.reducedMotion = m_reducedMotion;
    theme.textScale = m_textScale;
    if (theme == of(nullptr))
        return;
    apply(theme);
    emit changed();
}

} // namespace ui::theme
