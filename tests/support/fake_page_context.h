#pragma once
// What a page gets from the window, without a window: it keeps what the page says; time does not pass.

#include "ui/shell/page.h"

#include <QMap>
#include <QStringList>
#include <functional>
#include <utility>

namespace tests {

class FakePageContext : public ui::shell::PageContext {
public:
    void go(const ui::shell::Location& place) override { went = place; }
    ui::shell::ActionRegistry& actions() override { return registry; }
    void notify(const ui::shell::Notice& notice) override { notices.append(notice.text); }
    void copy(const QString& text, const QString&) override { copied = text; }
    QVariant state(const ui::shell::Location& place, const QString& key) const override { return kept.value({place.toText(), key}); }
    void setState(const ui::shell::Location& place, const QString& key, const QVariant& value) override { kept[{place.toText(), key}] = value; }
    QObject* tickSource() override { return nullptr; }
    void onTick(QWidget*, std::function<void()>) override {}

    ui::shell::ActionRegistry registry;
    ui::shell::Location went;
    QStringList notices;
    QString copied;
    QMap<std::pair<QString, QString>, QVariant> kept; ///< by place and key
};

} // namespace tests
