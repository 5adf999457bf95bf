#pragma once
// The names of a chart's lines with their colours, in one line; those that find no room are counted.

#include <QStringList>
#include <QVector>
#include <QWidget>

namespace ui::charts {

class ChartLegend : public QWidget {
    Q_OBJECT
public:
    explicit ChartLegend(QWidget* parent = nullptr);
    /// `colours`: index into Theme::series of each name.
    void setEntries(const QStringList& names, const QVector<int>& colours);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] int widthOf(const QString& name) const;
    QStringList m_names;
    QVector<int> m_colours;
};

} // namespace ui::charts
