#pragma once
// Every control in every state, for eyes and for the pictures of tests: `samsa --gallery`.

#include "ui/shell/page.h"

namespace ui::shell {

class GalleryPage : public Page {
    Q_OBJECT
public:
    GalleryPage(PageContext& context, QWidget* parent);
    void open(const Location& place) override { m_place = place; }
    [[nodiscard]] PageHeader header() const override;
    [[nodiscard]] QStringList status() const override;
    [[nodiscard]] Location location() const override { return m_place; }

private:
    QWidget* buttons();
    QWidget* fields();
    QWidget* words();
    QWidget* states();
    QWidget* table();
    Location m_place;
    Action* m_quiet;
    Action* m_normal;
    Action* m_danger;
    Action* m_refused;
    Action* m_primary;
};

} // namespace ui::shell
