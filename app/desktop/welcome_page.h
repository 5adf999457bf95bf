#pragma once
// The first screen of somebody who has no cluster yet: one button that gives them one.

#include "ui/shell/page.h"

namespace app::desktop {

class WelcomePage : public ui::shell::Page {
    Q_OBJECT
public:
    WelcomePage(ui::shell::PageContext& context, QWidget* parent);
    void open(const ui::shell::Location&) override {}
    [[nodiscard]] ui::shell::PageHeader header() const override;
    [[nodiscard]] ui::shell::Location location() const override { return {{}, QStringLiteral("welcome"), {}, {}}; }
};

} // namespace app::desktop
