#pragma once
// Fields beside Qt's own (QLineEdit, QComboBox, QSpinBox, QCheckBox: the style paints those).

#include "ui/theme/theme.h"

#include <QComboBox>
#include <QLineEdit>
#include <QList>
#include <QStringList>
#include <QWidget>

class QStringListModel;
class QTimer;
class QFormLayout;

namespace ui::widgets {

/// A filter field: its key in a cap at the right, Esc empties it, `searched` 120 ms after the last key.
class SearchField : public QLineEdit {
    Q_OBJECT
public:
    explicit SearchField(const QString& placeholder, QWidget* parent = nullptr, const QString& key = QStringLiteral("/"));
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void searched(const QString& text);
    void leftDown(); ///< Down or Enter: the table below should take the focus

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void mirror();
    QString m_key;
    QTimer* m_timer;
};

/// Colours the line of a field: wrong, right, or neither. The words stand beside it.
enum class FieldState { Neutral, Valid, Invalid };
void setFieldState(QWidget* field, FieldState state);
/// The mono face, for addresses, keys, offsets.
void setMono(QWidget* field);

/// Two to five choices side by side, one is taken: arrows move, Tab leaves.
class SegmentedChoice : public QWidget {
    Q_OBJECT
public:
    explicit SegmentedChoice(const QStringList& choices, QWidget* parent = nullptr);
    [[nodiscard]] int current() const { return m_current; }
    void setCurrent(int index);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

signals:
    void chosen(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void focusInEvent(QFocusEvent* event) override { QWidget::focusInEvent(event); update(); }
    void focusOutEvent(QFocusEvent* event) override { QWidget::focusOutEvent(event); update(); }

private:
    [[nodiscard]] QList<QRect> cells() const;
    void choose(int index);
    QStringList m_choices;
    int m_current = 0;
};

/// One name of a list that lives: the same list again costs a comparison, whatever its length, and a popup that is open stays as it is.
/// A new list keeps the choice, if the name is still there.
class ChoiceBox : public QComboBox {
    Q_OBJECT
public:
    explicit ChoiceBox(QWidget* parent = nullptr);
    void setChoices(const QStringList& choices);
    [[nodiscard]] const QStringList& choices() const { return m_choices; }

private:
    QStringList m_choices;
    QStringListModel* m_names;
};

/// Labels and fields beside them, as in dialogs. Without a parent: the layout that it is added to gives its widgets theirs.
QFormLayout* formLayout();

} // namespace ui::widgets
