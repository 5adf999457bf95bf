#include "ui/messages/search_field.h"

#include "ui/theme/theme.h"
#include "ui/widgets/fields.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStringListModel>
#include <QTextCharFormat>

namespace ui::messages {

using models::search::Expression;
using models::search::Pattern;
using models::search::PatternKind;

SearchField::SearchField(QWidget* parent)
    : QLineEdit(parent), m_pattern(Pattern::make(PatternKind::Text, {})), m_completer(new QCompleter(this)), m_offers(new QStringListModel(this)) {
    widgets::setMono(this);
    setMaxLength(static_cast<int>(Expression::kCharactersMax));
    setAccessibleName(tr("What to find"));
    m_completer->setModel(m_offers);
    m_completer->setWidget(this);
    m_completer->popup()->setFrameShape(QFrame::Box);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    connect(this, &QLineEdit::textChanged, this, [this] { judge(); });
    connect(this, &QLineEdit::textEdited, this, [this] { offerNames(); });
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, [this](const QString& chosen) {
        if (m_offersRecent) {
            setText(chosen);
        } else {
            const int begin = wordStart();
            setSelection(begin, cursorPosition() - begin);
            insert(chosen);
        }
    });
    setTextMargins(0, 0, QFontMetrics(theme::of(this).font(theme::Face::Small)).horizontalAdvance(tr("not valid")) + 14, 0);
    setKind(PatternKind::Text);
}

void SearchField::setKind(PatternKind kind) {
    m_kind = kind;
    setPlaceholderText(kind == PatternKind::Text  ? tr("Find in keys, values, headers")
                       : kind == PatternKind::Regex ? tr("Find a regular expression, for example (?i)order-\\d+")
                                                    : tr("Find by a condition, for example value.amount > 990 && headers.source == \"web\""));
    judge();
}

void SearchField::setNames(const QStringList& names) { m_names = names; }
void SearchField::setRecent(const QStringList& recent) { m_recent = recent; }

void SearchField::judge() {
    m_pattern = Pattern::make(m_kind, text());
    const auto state = text().isEmpty() || m_kind == PatternKind::Text ? widgets::FieldState::Neutral // any text can be looked for
        : m_pattern ? widgets::FieldState::Valid : widgets::FieldState::Invalid;
    widgets::setFieldState(this, state);
    setAccessibleDescription(text().isEmpty() ? QString() : m_pattern ? tr("valid") : toText(m_pattern.error()));
    colour();
    emit judged();
}

/// QLineEdit has no highlighter; formats reach its text as those of an input method do.
void SearchField::colour() {
    const theme::Theme& theme = theme::of(this);
    QList<QInputMethodEvent::Attribute> attributes;
    const auto mark = [&](qsizetype position, qsizetype length, const QTextCharFormat& format) {
        attributes.append(QInputMethodEvent::Attribute(QInputMethodEvent::TextFormat, static_cast<int>(position) - cursorPosition(), static_cast<int>(length), format));
    };
    if (m_kind == PatternKind::Condition) {
        using Kind = Expression::Token::Kind;
        for (const auto& token : Expression::tokens(text())) {
            QTextCharFormat format;
            format.setForeground(token.kind == Kind::Place      ? theme.series[2]
                                 : token.kind == Kind::Number ? theme.series[1]
                                 : token.kind == Kind::Text   ? theme.good
                                 : token.kind == Kind::Word   ? theme.accent
                                 : token.kind == Kind::Bad    ? theme.bad
                                                              : theme.ink);
            mark(token.position, token.length, format);
        }
    }
    if (!m_pattern && !text().isEmpty() && m_pattern.error().length > 0) {
        QTextCharFormat format;
        format.setForeground(theme.bad);
        format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        format.setUnderlineColor(theme.bad);
        mark(m_pattern.error().position, m_pattern.error().length, format);
    }
    QInputMethodEvent event({}, attributes);
    QCoreApplication::sendEvent(this, &event);
}

void SearchField::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (text().isEmpty() || m_kind == PatternKind::Text)
        return;
    // The colour of the frame in a word.
    const theme::Theme& theme = theme::of(this);
    QPainter painter(this);
    painter.setFont(theme.font(theme::Face::Small));
    painter.setPen(m_pattern ? theme.ink3 : theme.bad);
    painter.drawText(rect().adjusted(0, 0, -10, 0), Qt::AlignRight | Qt::AlignVCenter, m_pattern ? tr("valid") : tr("not valid"));
}

int SearchField::wordStart() const {
    int begin = cursorPosition();
    const QString all = text();
    while (begin > 0) {
        const QChar c = all[begin - 1];
        if (!c.isLetterOrNumber() && c != u'.' && c != u'_' && c != u'-' && c != u'[' && c != u']' && c != u'*')
            break;
        --begin;
    }
    return begin;
}

void SearchField::offerNames() {
    m_completer->popup()->hide();
    if (m_kind != PatternKind::Condition)
        return;
    const QString word = text().mid(wordStart(), cursorPosition() - wordStart());
    if (word.isEmpty() || word[0].isDigit())
        return;
    QStringList offers;
    for (const auto& name : m_names)
        if (name.startsWith(word, Qt::CaseInsensitive) && name != word)
            offers.append(name);
    if (offers.isEmpty())
        return;
    m_offersRecent = false;
    m_offers->setStringList(offers);
    m_completer->complete(QRect(cursorRect().left(), 0, 320, height()));
}

void SearchField::offerRecent() {
    if (m_recent.isEmpty())
        return;
    m_offersRecent = true;
    m_offers->setStringList(m_recent);
    m_completer->complete(rect());
}

void SearchField::keyPressEvent(QKeyEvent* event) {
    const bool open = m_completer->popup()->isVisible();
    if (open && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Escape || event->key() == Qt::Key_Tab)) {
        // With nothing chosen in the popup, Enter is the field's: it searches.
        if (event->key() == Qt::Key_Escape || m_completer->popup()->currentIndex().isValid()) {
            event->ignore();
            return;
        }
        m_completer->popup()->hide();
    }
    if (event->key() == Qt::Key_Down && text().isEmpty()) {
        offerRecent();
        return;
    }
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void SearchField::changeEvent(QEvent* event) {
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        colour();
}

} // namespace ui::messages
