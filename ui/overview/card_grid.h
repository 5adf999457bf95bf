#pragma once
// Cards of equal width in as few even rows as fit: five where four fit become three and two.

#include <QLayout>
#include <QList>

namespace ui::overview {

class CardGrid : public QLayout {
public:
    CardGrid(int minCardWidth, int gap, QWidget* parent = nullptr);
    ~CardGrid() override;

    void addItem(QLayoutItem* item) override { m_items.append(item); }
    [[nodiscard]] int count() const override { return static_cast<int>(m_items.size()); }
    [[nodiscard]] QLayoutItem* itemAt(int index) const override { return m_items.value(index, nullptr); }
    QLayoutItem* takeAt(int index) override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSize() const override;
    [[nodiscard]] Qt::Orientations expandingDirections() const override { return Qt::Horizontal; }
    void setGeometry(const QRect& rect) override;
    /// For `count` cards on `width`.
    [[nodiscard]] int columnsFor(int width, int count) const;

private:
    [[nodiscard]] int rowHeight() const;
    QList<QLayoutItem*> m_items;
    int m_minWidth;
    int m_gap;
};

} // namespace ui::overview
