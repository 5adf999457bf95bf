#pragma once
// Text that is never taken for markup, whatever a cluster calls its topics.

#include "ui/theme/theme.h"

#include <QLabel>

namespace ui::widgets {

/// One face, one ink, from the theme. A single line is cut with an ellipsis and then has its whole text as tooltip; with
/// setWordWrap it breaks instead, between words or inside of one that is longer than a line. Copyable by its context menu.
class PlainLabel : public QLabel {
    Q_OBJECT
public:
    explicit PlainLabel(const QString& text = {}, QWidget* parent = nullptr, theme::Face face = theme::Face::Text,
                        theme::Ink ink = theme::Ink::Primary);
    void setFace(theme::Face face);
    void setInk(theme::Ink ink);
    /// Where a single line is cut; ElideMiddle for addresses and paths. ElideNone: never, the label keeps its width.
    void setElide(Qt::TextElideMode mode);
    /// Its text is an aside or a name of the user's and may be cut in a narrow window, between its parts where it has some ("12 partitions, 48 messages");
    /// the tooltip has the whole. Other labels keep their width.
    PlainLabel* givesWay() {
        m_givesWay = true;
        return this;
    }
    /// Text that breaks, as a row of a QFormLayout: its height follows its width, but it does not say so. Qt 6.4's form, once it has a row with a height for its
    /// width, takes the row after a hidden one away, too.
    PlainLabel* asFormRow();
    /// Breaks into so many lines at most and always has their height; what is left over goes, with an ellipsis, and stands in the tooltip.
    PlainLabel* lines(int most);
    [[nodiscard]] bool mayBeCut() const { return m_givesWay; }
    /// The single line that is painted where there are so many pixels for it.
    [[nodiscard]] QString shownIn(int width) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    int heightForWidth(int width) const override;
    bool hasHeightForWidth() const override { return !m_formRow && m_linesMax == 0 && QLabel::hasHeightForWidth(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

signals:
    void clicked(); ///< by mouse; make it a Button when it does something

private:
    [[nodiscard]] QFont faceFont() const;
    [[nodiscard]] QString shownText() const;
    [[nodiscard]] int heightAt(int width) const;
    [[nodiscard]] bool isCut() const;
    theme::Face m_face;
    theme::Ink m_ink;
    Qt::TextElideMode m_elide = Qt::ElideRight;
    bool m_givesWay = false;
    bool m_formRow = false;
    int m_linesMax = 0; ///< 0 = as many as it needs
};

} // namespace ui::widgets
