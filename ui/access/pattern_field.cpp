#include "ui/access/pattern_field.h"

#include "ui/access/prefix_field.h"
#include "ui/theme/theme.h"
#include "ui/widgets/fields.h"

#include <QLineEdit>
#include <QStringListModel>
#include <QVBoxLayout>

namespace ui::access {

using models::access::Pattern;
using models::client::AclPattern;

namespace {
enum Kind { Exactly, Prefix, Every };
}

PatternField::PatternField(const QString& accessibleName, const QString& placeholder, QWidget* parent) : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    m_name = new QLineEdit(this);
    m_name->setAccessibleName(accessibleName);
    m_name->setPlaceholderText(placeholder);
    widgets::setMono(m_name);
    m_choices = offerChoices(m_name);
    layout->addWidget(m_name);
    m_kind = new widgets::SegmentedChoice({tr("exactly"), tr("names that begin so"), tr("every name")}, this);
    m_kind->setAccessibleName(tr("How the name is meant"));
    layout->addWidget(m_kind, 0, Qt::AlignLeft);
    connect(m_name, &QLineEdit::textChanged, this, &PatternField::changed);
    connect(m_kind, &widgets::SegmentedChoice::chosen, this, [this](int kind) {
        m_name->setEnabled(kind != Every);
        emit changed();
    });
}

void PatternField::setChoices(const QStringList& names) { m_choices->setStringList(names); }

void PatternField::setPattern(const Pattern& pattern) {
    const bool every = pattern.kind == AclPattern::Literal && pattern.name == models::access::kWildcard;
    m_name->setText(every ? QString() : pattern.name);
    m_name->setCursorPosition(0);
    m_kind->setCurrent(every ? Every : pattern.kind == AclPattern::Prefixed ? Prefix : Exactly);
    m_name->setEnabled(!every);
    emit changed();
}

Pattern PatternField::pattern() const {
    switch (m_kind->current()) {
    case Every: return {models::access::kWildcard, AclPattern::Literal};
    case Prefix: return {m_name->text(), AclPattern::Prefixed};
    default: return {m_name->text(), AclPattern::Literal};
    }
}

} // namespace ui::access
