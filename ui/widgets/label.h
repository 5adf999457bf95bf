#pragma once
// Text that is never taken for markup, whatever a cluster calls its topics.

#include "ui/theme/theme.h"

#include <QLabel>

namespace ui::widgets {

/// One face, one ink, from the theme. A single line is cut with an ellipsis and then has its whole text as tooltip; with
/// setWordWrap it breaks instead. Copyable by its context menu.
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
    [[nodiscard]] bool mayBeCut() const { return m_givesWay; }
    /// The single line that is painted where there are so many pixels for it.
    [[nodiscard]] QString shownIn(int width) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

signals:
    void clicked(); ///< by mouse; make it a Button when it does something

private:
    [[nodiscard]] QFont faceFont() const;
    theme::Face m_face;
    theme::Ink m_ink;
    Qt::TextElideMode m_elide = Qt::ElideRight;
    bool m_givesWay = false;
};

} // namespace ui::widgets
