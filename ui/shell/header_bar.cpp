#include "ui/shell/header_bar.h"

#include "ui/theme/icons.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QTimeZone>

namespace ui::shell {

HeaderBar::HeaderBar(QWidget* parent) : QWidget(parent) {
    setFixedHeight(48);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(theme::kPad, 0, theme::kPad, 1);
    layout->setSpacing(10);
    m_crumbAction = widgets::localAction(this, QString(), [this] { emit crumbChosen(m_crumbPlace); });
    m_crumb = new widgets::Button(m_crumbAction, theme::ButtonKind::Quiet, this);
    m_crumb->setProperty("samsaLeft", true);
    m_slash = new widgets::PlainLabel(QStringLiteral("/"), this, theme::Face::Text, theme::Ink::Tertiary);
    m_title = (new widgets::PlainLabel({}, this, theme::Face::Title))->givesWay();
    m_title->setElide(Qt::ElideMiddle); // names of one cluster begin alike
    m_pillPlace = new QWidget(this);
    auto* pills = new QHBoxLayout(m_pillPlace);
    pills->setContentsMargins(0, 0, 0, 0);
    pills->setSpacing(10);
    m_toolPlace = new QHBoxLayout;
    m_actionPlace = new QHBoxLayout;
    m_actionPlace->setSpacing(10);
    layout->addWidget(m_crumb);
    layout->addWidget(m_slash);
    layout->addWidget(m_title);
    layout->addWidget(m_pillPlace);
    layout->addStretch(1);
    layout->addLayout(m_toolPlace);
    layout->addLayout(m_actionPlace);
    m_more = widgets::localAction(this, tr("More"), [this] {
        QMenu menu(this);
        for (const auto* button : m_buttons)
            if (button->isHidden() && button->action())
                menu.addAction(button->action());
        menu.exec(m_moreButton->mapToGlobal(QPoint(0, m_moreButton->height() + 2)));
    });
    m_moreButton = new widgets::Button(m_more, tr("More") + QStringLiteral(" \u25be"), theme::ButtonKind::Quiet, this);
    m_moreButton->hide();
    m_actionPlace->addWidget(m_moreButton);
}

void HeaderBar::show(const PageHeader& header) {
    const bool crumb = !header.crumb.isEmpty();
    m_crumbAction->setText(header.crumb);
    m_crumbPlace = header.crumbPlace;
    m_crumb->setVisible(crumb);
    m_slash->setVisible(crumb);
    layout()->setContentsMargins(crumb ? theme::kPad - 8 : theme::kPad, 0, theme::kPad, 1);
    m_title->setText(header.title);
    while (m_pills.size() < header.pills.size()) {
        m_pills.append(new widgets::PillLabel({}, theme::Tone::Neutral, m_pillPlace));
        m_pillPlace->layout()->addWidget(m_pills.last());
    }
    for (qsizetype i = 0; i < m_pills.size(); ++i) {
        if (i < header.pills.size()) {
            m_pills[i]->set(header.pills[i].text, header.pills[i].tone);
            m_pills[i]->setToolTip(header.pills[i].toolTip.isEmpty() ? QString() : QStringLiteral("<span>%1</span>").arg(header.pills[i].toolTip.toHtmlEscaped()));
        }
    }
    m_pillCount = header.pills.size();
    m_title->setMinimumWidth(std::min(m_title->sizeHint().width(), crumb ? 180 : 280));
    if (m_tools != header.tools) {
        if (m_tools) {
            m_toolPlace->removeWidget(m_tools);
            m_tools->hide();
        }
        m_tools = header.tools;
        if (m_tools) {
            m_toolPlace->addWidget(m_tools);
            m_tools->show();
        }
    }
    // Buttons are made anew only when the commands change: focus and pointer stay on them while pills change every second.
    QList<QPointer<Action>> wanted;
    for (auto* action : header.actions)
        wanted.append(action);
    if (wanted == m_shown && m_primary == header.primary) {
        fit();
        return;
    }
    m_shown = wanted;
    m_primary = header.primary;
    m_quiet.clear();
    for (auto* action : header.quiet)
        m_quiet.append(action);
    qDeleteAll(m_buttons);
    m_buttons.clear();
    for (auto* action : header.actions) {
        if (!action)
            continue;
        auto kind = theme::ButtonKind::Normal;
        if (action == header.primary)
            kind = theme::ButtonKind::Primary;
        else if (header.quiet.contains(action))
            kind = theme::ButtonKind::Quiet;
        else if (action->safety() == Safety::Destructive)
            kind = theme::ButtonKind::Danger;
        auto* button = new widgets::Button(action, kind, this);
        m_actionPlace->addWidget(button);
        m_buttons.append(button);
    }
    fit();
}

int HeaderBar::widthOfButtons() const {
    int all = 0;
    for (const auto* button : m_buttons)
        if (!button->isHidden())
            all += button->sizeHint().width() + 10;
    return all + (m_moreButton->isHidden() ? 0 : m_moreButton->sizeHint().width() + 10);
}

void HeaderBar::fit() {
    int room = width() - 2 * theme::kPad - m_title->minimumWidth() - 20;
    if (m_crumb->isVisibleTo(this))
        room -= m_crumb->sizeHint().width() + m_slash->sizeHint().width() + 20;
    if (m_tools)
        room -= std::max(m_tools->minimumSizeHint().width(), std::min(160, m_tools->sizeHint().width())) + 10;
    // Actions that do not fit beside the most important pill go into a menu: the quiet ones first, the primary one never.
    const int pill = m_pillCount > 0 ? m_pills.first()->sizeHint().width() + 10 : 0;
    for (auto* button : m_buttons)
        button->show();
    m_moreButton->hide();
    for (const bool quiet : {true, false}) {
        for (auto* button : m_buttons) {
            auto* action = qobject_cast<Action*>(button->action());
            if (widthOfButtons() <= room - pill || button->isHidden() || action == m_primary || m_quiet.contains(action) != quiet)
                continue;
            m_moreButton->show();
            button->hide();
        }
    }
    room -= widthOfButtons();
    // A narrow window drops whole pills, the last ones first: a word cut in half says nothing. What they said is in the title's tooltip.
    QStringList dropped;
    bool fits = true;
    for (qsizetype i = 0; i < m_pills.size(); ++i) {
        const int needed = m_pills[i]->sizeHint().width() + 10;
        fits = fits && needed <= room;
        const bool shown = i < m_pillCount && fits;
        m_pills[i]->setVisible(shown);
        room -= shown ? needed : 0;
        if (i < m_pillCount && !shown)
            dropped.append(m_pills[i]->text());
    }
    m_title->setToolTip(dropped.isEmpty() ? QString() : QStringLiteral("<span>%1</span>").arg(dropped.join(QStringLiteral("; ")).toHtmlEscaped()));
    m_title->setAccessibleDescription(dropped.join(QStringLiteral("; ")));
}

void HeaderBar::resizeEvent(QResizeEvent*) { fit(); }

void HeaderBar::paintEvent(QPaintEvent*) {
    const auto& t = theme::of(this);
    QPainter painter(this);
    painter.fillRect(rect(), t.panel);
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.line);
}

StatusLine::StatusLine(QAction* jobs, QWidget* parent) : QWidget(parent), m_jobs(jobs) {
    setFixedHeight(28);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 1, 12, 0);
    layout->setSpacing(14);
    m_parts = (new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary))->givesWay();
    m_jobsButton = (new widgets::Button(jobs, theme::ButtonKind::Quiet, this))->small();
    m_zone = new widgets::PlainLabel(tr("Local time"), this, theme::Face::Small, theme::Ink::Secondary);
    m_zone->setToolTip(QString::fromLatin1(QTimeZone::systemTimeZoneId()));
    layout->addWidget(m_parts, 1);
    layout->addWidget(m_jobsButton);
    layout->addWidget(m_zone);
    m_jobsButton->hide();
}

void StatusLine::setParts(const QStringList& parts) {
    const QString text = parts.join(QStringLiteral("    "));
    if (m_parts->text() != text)
        m_parts->setText(text);
}

void StatusLine::setJobs(int running, const QString& text) {
    m_jobs->setText(text);
    m_jobsButton->setVisible(running > 0);
}

void StatusLine::avoid(const QRect& floating) {
    m_floating = floating;
    makeRoom();
}

void StatusLine::makeRoom() {
    const QRect parts = m_parts->geometry().translated(pos());
    const bool rtl = layoutDirection() == Qt::RightToLeft;
    const int covered = m_floating.isEmpty() ? 0 : std::max(0, rtl ? m_floating.right() + theme::kGap - parts.left() : parts.right() + theme::kGap - m_floating.left());
    m_parts->setContentsMargins(rtl ? covered : 0, 0, rtl ? 0 : covered, 0);
}

void StatusLine::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    layout()->activate();
    makeRoom();
}

void StatusLine::paintEvent(QPaintEvent*) {
    const auto& t = theme::of(this);
    QPainter painter(this);
    painter.fillRect(rect(), t.panel);
    painter.fillRect(QRect(0, 0, width(), 1), t.line);
}

namespace {
QColor bannerInk(const theme::Theme& t, theme::Tone tone) { return tone == theme::Tone::Bad ? t.onProd : tone == theme::Tone::Warn ? t.warn : t.ink2; }
} // namespace

/// Words on the line's own colour: a button as elsewhere would be a hole in it.
class Banner::LineButton : public widgets::Button {
public:
    LineButton(QAction* action, Banner* banner) : Button(action, theme::ButtonKind::Quiet, banner), m_banner(banner) {
        small();
        setCursor(Qt::PointingHandCursor);
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const auto& t = theme::of(this);
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QColor ink = bannerInk(t, m_banner->pill().tone);
        if (hasFocus() || underMouse()) {
            painter.setPen(QPen(ink, hasFocus() ? theme::kFocusRing : 1));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme::kControlRadius, theme::kControlRadius);
        }
        painter.setPen(ink);
        painter.setFont(t.font(theme::Face::Medium));
        painter.drawText(rect(), Qt::AlignCenter, text());
    }

private:
    Banner* m_banner;
};

Banner::Banner(QWidget* parent) : QWidget(parent) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(38, 1, 12, 1);
    layout->setSpacing(14);
    m_text = (new widgets::PlainLabel({}, this, theme::Face::SmallMedium))->givesWay();
    layout->addWidget(m_text, 1);
    setMinimumHeight(26);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    hide();
}

void Banner::show(const Pill& pill, QAction* action) {
    if (m_pill == pill && m_action == action)
        return;
    m_pill = pill;
    if (m_action != action || m_button == nullptr) {
        m_action = action;
        if (m_button)
            m_button->deleteLater();
        m_button.clear();
        if (action != nullptr) {
            m_button = new LineButton(action, this);
            layout()->addWidget(m_button);
        }
    }
    m_text->setText(pill.text);
    m_text->setInk(pill.tone == theme::Tone::Bad ? theme::Ink::OnProduction : pill.tone == theme::Tone::Warn ? theme::Ink::Warn : theme::Ink::Secondary);
    setAccessibleName(pill.text);
    setVisible(!pill.text.isEmpty());
    update();
}

void Banner::paintEvent(QPaintEvent*) {
    const auto& t = theme::of(this);
    const bool loud = m_pill.tone == theme::Tone::Bad;
    QPainter painter(this);
    painter.fillRect(rect(), loud ? t.prod : t.sunken);
    if (!loud)
        painter.fillRect(QRect(0, height() - 1, width(), 1), t.line);
    const bool rtl = layoutDirection() == Qt::RightToLeft;
    theme::drawIcon(&painter, QRect(rtl ? width() - 30 : 16, (height() - 14) / 2, 14, 14), loud ? QStringLiteral("unlock") : QStringLiteral("lock"), bannerInk(t, m_pill.tone));
}

} // namespace ui::shell
