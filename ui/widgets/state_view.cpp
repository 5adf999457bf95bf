#include "ui/widgets/state_view.h"

#include "ui/theme/icons.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QPainter>
#include <QProgressBar>
#include <QTimer>
#include <QVBoxLayout>

namespace ui::widgets {

class StateView::Glyph : public QWidget {
public:
    using QWidget::QWidget;
    void set(const QString& name, theme::Tone tone) {
        m_name = name;
        m_tone = tone;
        update();
    }
    [[nodiscard]] bool isSet() const { return !m_name.isEmpty(); }
    QSize sizeHint() const override { return {44, 44}; }

protected:
    void paintEvent(QPaintEvent*) override {
        const theme::Theme& t = theme::of(this);
        QPainter painter(this);
        QRect disc(0, 0, 44, 44);
        disc.moveCenter(rect().center());
        theme::drawBox(&painter, disc, t.toneBg(m_tone), {}, 22);
        theme::drawIcon(&painter, disc.adjusted(12, 12, -12, -12), m_name, t.toneInk(m_tone));
    }

private:
    QString m_name;
    theme::Tone m_tone = theme::Tone::Neutral;
};

StateView::StateView(QWidget* parent) : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 8, 24, 8);
    layout->setSpacing(5);
    m_glyph = new Glyph(this);
    m_glyph->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_title = new PlainLabel({}, this, theme::Face::Strong);
    m_text = new PlainLabel({}, this, theme::Face::Text, theme::Ink::Secondary);
    m_next = new PlainLabel({}, this);
    m_progress = new QProgressBar(this);
    m_progress->setRange(0, 0);
    m_progress->setFixedWidth(180);
    m_buttonPlace = new QWidget(this);
    auto* place = new QHBoxLayout(m_buttonPlace);
    place->setContentsMargins(0, 8, 0, 0);
    for (auto* label : {m_title, m_text, m_next}) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        label->setMinimumWidth(320);
        label->setMaximumWidth(460);
    }
    layout->addStretch(2);
    layout->addWidget(m_glyph, 0, Qt::AlignHCenter);
    layout->addSpacing(6);
    layout->addWidget(m_title, 0, Qt::AlignHCenter);
    layout->addWidget(m_text, 0, Qt::AlignHCenter);
    layout->addWidget(m_next, 0, Qt::AlignHCenter);
    layout->addSpacing(4);
    layout->addWidget(m_progress, 0, Qt::AlignHCenter);
    layout->addWidget(m_buttonPlace, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    m_seconds = new QTimer(this);
    m_seconds->setInterval(1000);
    connect(m_seconds, &QTimer::timeout, this, [this] {
        const auto seconds = static_cast<int>(m_since.elapsed() / 1000);
        if (seconds < 1)
            return;
        m_text->setText(tr("%n second(s) so far", nullptr, seconds));
        m_text->show();
    });
}

void StateView::fit() {
    m_glyph->setVisible(m_glyph->isSet());
    if (m_glyph->isSet() && layout()->totalHeightForWidth(width()) > height())
        m_glyph->hide();
}

void StateView::show(const QString& iconName, theme::Tone tone, const QString& title, const QString& text, QAction* next) {
    m_seconds->stop();
    m_progress->hide();
    m_next->hide();
    m_glyph->set(iconName, tone);
    m_title->setText(title);
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(text);
    setOther(nullptr);
    if (!m_button || m_button->action() != next) {
        delete m_button;
        if (next) {
            m_button = new Button(next, tone == theme::Tone::Neutral && !m_second ? theme::ButtonKind::Primary : theme::ButtonKind::Normal, m_buttonPlace);
            m_buttonPlace->layout()->addWidget(m_button);
        }
    }
    fit();
}

void StateView::asCard() {
    m_card = true;
    update();
}

void StateView::paintEvent(QPaintEvent*) {
    if (!m_card)
        return;
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    theme::drawBox(&painter, rect().adjusted(theme::kPad, theme::kPad, -theme::kPad, -theme::kPad), t.panel, t.line, theme::kRadius);
}

void StateView::setOther(QAction* other) {
    delete m_other;
    if (other) {
        m_other = new Button(other, theme::ButtonKind::Normal, m_buttonPlace);
        m_buttonPlace->layout()->addWidget(m_other);
    }
}

void StateView::showEmpty(const QString& title, const QString& text, QAction* next, const QString& icon) {
    m_loading.clear();
    show(icon, theme::Tone::Neutral, title, text, next);
}

void StateView::showLoading(const QString& title, QAction* next) {
    if (m_loading == title)
        return; // the seconds go on
    show({}, theme::Tone::Neutral, title, {}, next);
    m_loading = title;
    m_since.start();
    m_progress->show();
    m_seconds->start();
}

void StateView::showFailed(const QString& title, const QString& reason, const QString& nextStep, QAction* next) {
    m_loading.clear();
    show(QStringLiteral("failed"), theme::Tone::Bad, title, reason, next);
    m_next->setText(nextStep);
    m_next->setVisible(!nextStep.isEmpty());
    fit();
}

StateStack::StateStack(QWidget* content, QWidget* parent) : QStackedWidget(parent), m_content(content), m_state(new StateView(this)) {
    addWidget(m_content);
    addWidget(m_state);
}

} // namespace ui::widgets
