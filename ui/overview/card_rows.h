#pragma once
// Cards of equal width in as few even rows as fit: five where four fit become three and two. As high as its rows need.

#include <QList>
#include <QWidget>

namespace ui::overview {

class CardRows : public QWidget {
    Q_OBJECT
public:
    CardRows(int minCardWidth, int gap, QWidget* parent = nullptr);
    /// Children of this, in this order.
    void setCards(const QList<QWidget*>& cards);
    /// How many stand side by side, of `count` cards on `width`.
    [[nodiscard]] static int columnsFor(int width, int count, int minCardWidth, int gap);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void place();
    QList<QWidget*> m_cards;
    int m_minWidth;
    int m_gap;
};

} // namespace ui::overview
