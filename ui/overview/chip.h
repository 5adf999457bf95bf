#pragma once
// A pill that is on or off: filters of the events. Looks like a pill, is an action's button.

#include <QAbstractButton>
#include <QAction>

namespace ui::overview {

class Chip : public QAbstractButton {
    Q_OBJECT
public:
    explicit Chip(QAction* action, QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace ui::overview
