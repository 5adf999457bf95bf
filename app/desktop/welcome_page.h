#pragma once
// The first screen of somebody who has no cluster yet: one button that gives them one, one that fills it, too.

#include "ui/shell/page.h"

#include <functional>

namespace ui::widgets {
class StateView;
}

namespace app::desktop {

class WelcomePage : public ui::shell::Page {
    Q_OBJECT
public:
    /// `anyCluster`: whether the sidebar lists one; asked each time the page is shown.
    WelcomePage(ui::shell::PageContext& context, std::function<bool()> anyCluster, QWidget* parent);
    void open(const ui::shell::Location&) override;
    [[nodiscard]] ui::shell::PageHeader header() const override;
    [[nodiscard]] ui::shell::Location location() const override { return {{}, QStringLiteral("welcome"), {}, {}}; }

private:
    std::function<bool()> m_anyCluster;
    ui::widgets::StateView* m_state;
};

} // namespace app::desktop
