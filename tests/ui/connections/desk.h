#pragma once
// The real window on an empty profile of its own, with a keychain in memory or none.

#include "app/desktop/services.h"
#include "app/desktop/window.h"
#include "tests/support/fake_keychain.h"
#include "ui/shell/window_state.h"
#include "ui/theme/style.h"
#include "ui/widgets/dialog.h"

#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

namespace tests {

class Desk {
public:
    explicit Desk(const QString& home, QMap<QString, QString>* keychain = nullptr) {
        qputenv("SAMSA_HOME", home.toLocal8Bit());
        services = std::make_unique<app::desktop::Services>(keychain ? std::make_unique<FakeKeychain>(keychain) : nullptr);
        QSignalSpy loaded(services->connections.get(), &models::connections::ConnectionStore::changed);
        state = std::make_unique<ui::shell::WindowState>(home + QStringLiteral("/window.json"));
        appearance = std::make_unique<ui::theme::Appearance>(ui::theme::Choice::Light);
        window = std::make_unique<app::desktop::Window>(*services, *state, *appearance);
        if (loaded.isEmpty() && !loaded.wait(30'000))
            qFatal("the connections were not read");
        main().show();
        main().activateWindow();
        main().go({{}, QStringLiteral("welcome"), {}, {}});
    }
    ~Desk() {
        window.reset();
        services.reset();
    }

    ui::shell::MainWindow& main() { return window->main(); }
    ui::shell::Action* action(const char* id) { return window->actions().find(QLatin1String(id)); }
    /// The dialog on top; null = none.
    ui::widgets::Dialog* dialog() {
        ui::widgets::Dialog* top = nullptr;
        for (auto* one : main().findChildren<ui::widgets::Dialog*>(Qt::FindDirectChildrenOnly))
            if (one->isVisible())
                top = one;
        return top;
    }
    static QPushButton* button(QWidget* in, const QString& text) {
        for (auto* one : in->findChildren<QPushButton*>())
            if (one->text() == text)
                return one;
        return nullptr;
    }
    static QLineEdit* field(QWidget* in, const QString& name) {
        for (auto* one : in->findChildren<QLineEdit*>())
            if (one->accessibleName() == name && one->isVisible())
                return one;
        return nullptr;
    }

    std::unique_ptr<app::desktop::Services> services;
    std::unique_ptr<ui::shell::WindowState> state;
    std::unique_ptr<ui::theme::Appearance> appearance;
    std::unique_ptr<app::desktop::Window> window;
};

} // namespace tests
