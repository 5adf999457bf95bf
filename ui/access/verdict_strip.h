#pragma once
// The operations of a resource side by side, each with its answer: allowed, denied, no rule. One of them is looked at: arrows and clicks move. Wraps.

#include "models/access/evaluator.h"

#include <QWidget>

namespace ui::access {

class VerdictStrip : public QWidget {
    Q_OBJECT
public:
    explicit VerdictStrip(QWidget* parent = nullptr);
    /// Keeps the operation that is looked at, where it is among them.
    void show(const QList<models::access::Decision>& decisions);
    /// Null when there are none.
    [[nodiscard]] const models::access::Decision* current() const;
    void setCurrent(models::client::AclOperation operation);
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void chosen(models::client::AclOperation operation);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    [[nodiscard]] int cellWidth() const;
    [[nodiscard]] int cellHeight() const;
    [[nodiscard]] int columns(int width) const;
    [[nodiscard]] QList<QRect> cells() const;
    void choose(int index);
    void tell();
    QList<models::access::Decision> m_decisions;
    int m_current = 0;
};

/// "allowed", "denied", "no rule"
QString wordFor(models::access::Verdict verdict);

} // namespace ui::access
