#include "ui/messages/compare_dialog.h"

#include "models/base/background.h"
#include "models/base/format.h"
#include "models/base/snapshot_table_model.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QClipboard>
#include <QCoreApplication>
#include <QPlainTextEdit>
#include <QTextDocument>
#include <QVBoxLayout>

namespace ui::messages {

using models::messages::ComparedLine;
using models::messages::Comparison;
using models::messages::KeptMessage;
using State = ComparedLine::State;
namespace format = models::format;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Comparison)
};

enum Shown { Differences, Everything };
constexpr QSize kPanel(1060, 620);
constexpr int kFieldWidth = 220, kSideWidth = 300, kStateWidth = 110;
constexpr int kTextLines = 4;
constexpr int kNameLength = 27;

QString stateText(State state) {
    switch (state) {
    case State::Same: return {};
    case State::Differs: return Text::tr("differs");
    case State::LeftOnly: return Text::tr("only left");
    case State::RightOnly: return Text::tr("only right");
    }
    return {};
}

struct Row {
    int index = 0;
    ComparedLine line;
    bool operator==(const Row&) const = default;
};

/// The lines of a comparison, in their order.
class Rows : public models::SnapshotTableModel<Row> {
public:
    enum ColumnIndex { FieldColumn, LeftColumn, RightColumn, StateColumn };
    Rows(const QString& left, const QString& right, QObject* parent)
        : SnapshotTableModel({{QStringLiteral("field"), Text::tr("Field")}, {QStringLiteral("left"), left}, {QStringLiteral("right"), right}, {QStringLiteral("state"), Text::tr("Difference")}}, parent) {
        setCellFunction(cellOf);
    }

protected:
    QString keyOf(const Row& row) const override { return QString::number(row.index); }

private:
    static QVariant cellOf(const Row& row, int column, int role) {
        const auto& line = row.line;
        if (role == models::SortRole)
            return row.index; // fields make sense in their order only
        if (role == models::StateRole)
            return line.state == State::Same ? QStringLiteral("same") : QStringLiteral("differs");
        if (role == Qt::ToolTipRole && column == FieldColumn)
            return line.path;
        if (role == Qt::AccessibleTextRole && column == FieldColumn)
            return line.path;
        if (role != Qt::DisplayRole)
            return {};
        switch (column) {
        case FieldColumn: return QString(qsizetype(line.depth) * 3, QChar(0x00A0)) + line.name;
        case LeftColumn: return line.left;
        case RightColumn: return line.right;
        case StateColumn: return line.group && line.state == State::Differs ? QString() : stateText(line.state);
        default: return {};
        }
    }
};

QString summary(const Comparison& comparison, const KeptMessage& left, const KeptMessage& right) {
    QStringList sentences;
    if (comparison.identical)
        sentences << Text::tr("Key, headers and value are the same, byte for byte.");
    else if (comparison.equal())
        sentences << (comparison.cut ? Text::tr("The first %1, or %2 lines, are the same; what comes after them differs.").arg(format::bytes(models::messages::kComparedBytesMax), format::count(models::messages::kComparedLinesMax))
                                     : Text::tr("The same fields with the same values, written in another way: in order or spaces."));
    else {
        QStringList parts;
        if (comparison.differing > 0)
            parts << Text::tr("%n field(s) differ", nullptr, comparison.differing);
        if (comparison.leftOnly > 0)
            parts << Text::tr("%n only left", nullptr, comparison.leftOnly);
        if (comparison.rightOnly > 0)
            parts << Text::tr("%n only right", nullptr, comparison.rightOnly);
        parts << Text::tr("%n the same", nullptr, comparison.same);
        sentences << parts.join(QStringLiteral(", ")) + u'.';
        if (comparison.cut)
            sentences << Text::tr("Of each side the first %1, or %2 lines, were compared.").arg(format::bytes(models::messages::kComparedBytesMax), format::count(models::messages::kComparedLinesMax));
    }
    const qint64 before = left.record.timestampMs, after = right.record.timestampMs;
    if (before >= 0 && after >= 0)
        sentences << (before == after ? Text::tr("Both have the same time.")
                          : before < after ? Text::tr("The right one is %1 later.").arg(format::duration(after - before))
                                           : Text::tr("The right one is %1 earlier.").arg(format::duration(before - after)));
    return sentences.join(QLatin1Char(' '));
}

/// A text in full, with the stretch in which it differs from the other one.
class SideText : public QPlainTextEdit {
public:
    explicit SideText(const QString& name, QWidget* parent) : QPlainTextEdit(parent) {
        setReadOnly(true);
        setTabChangesFocus(true);
        setAccessibleName(name);
        widgets::setMono(this);
        setFixedHeight(QFontMetrics(theme::of(this).font(theme::Face::Mono)).lineSpacing() * kTextLines + 18);
    }
    void show(const QString& text, const models::messages::Stretch& stretch, bool differs) {
        setPlainText(text);
        QList<QTextEdit::ExtraSelection> marks;
        if (differs && text.size() > stretch.first + stretch.sameAtEnd) {
            QTextEdit::ExtraSelection mark;
            mark.cursor = textCursor();
            mark.cursor.setPosition(static_cast<int>(stretch.first));
            mark.cursor.setPosition(static_cast<int>(text.size() - stretch.sameAtEnd), QTextCursor::KeepAnchor);
            const auto& theme = theme::of(this);
            mark.format.setBackground(theme.toneBg(theme::Tone::Warn));
            mark.format.setForeground(theme.toneInk(theme::Tone::Warn));
            marks.append(mark);
        }
        setExtraSelections(marks);
        moveCursor(QTextCursor::Start);
        if (!marks.isEmpty()) {
            auto cursor = textCursor();
            cursor.setPosition(static_cast<int>(stretch.first));
            setTextCursor(cursor);
        }
    }
};

/// Both ends of a long name: what tells topics apart stands at either.
QString inShort(const QString& name) {
    return name.size() <= kNameLength ? name : name.left(kNameLength * 2 / 3) + QChar(0x2026) + name.right(kNameLength / 3);
}

/// Where a message is, in as much room as a column has: the other side must be seen beside it.
QString headerOf(const KeptMessage& message, const KeptMessage& other) {
    KeptMessage brief{message};
    brief.topic = inShort(message.topic);
    brief.clusterName = inShort(message.clusterName);
    return nameOf(brief, other);
}

void open(const KeptMessage& left, const KeptMessage& right, const Comparison& comparison, QWidget* near) {
    const QString leftName = nameOf(left, right), rightName = nameOf(right, left);
    auto* dialog = new widgets::Dialog(Text::tr("Compare messages"), summary(comparison, left, right), near);
    dialog->setPanelSize(kPanel);
    auto* choice = new widgets::SegmentedChoice({Text::tr("Differences"), Text::tr("All fields")}, dialog);
    choice->setAccessibleName(Text::tr("Which fields are shown"));
    dialog->body()->addWidget(choice, 0, Qt::AlignLeft);

    auto* table = new widgets::TableView(dialog);
    auto* rows = new Rows(headerOf(left, right), headerOf(right, left), table);
    table->setAccessibleName(Text::tr("Fields of both messages"));
    table->setSource(rows);
    table->setSortingEnabled(false);
    table->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        const bool same = index.data(models::StateRole).toString() == u"same";
        if (index.column() == Rows::StateColumn)
            look.ink = theme::Ink::Warn;
        else
            look.face = theme::Face::Mono;
        if (same && index.column() != Rows::FieldColumn && index.column() != Rows::StateColumn)
            look.ink = theme::Ink::Secondary;
        return look;
    });
    table->setEmptyText(Text::tr("Nothing differs."));
    table->setInitialWidths({{QStringLiteral("field"), kFieldWidth}, {QStringLiteral("left"), kSideWidth}, {QStringLiteral("state"), kStateWidth}}, QStringLiteral("right"));
    table->setNarrow({{QStringLiteral("field"), 140}, {QStringLiteral("left"), 180}}, {});
    dialog->body()->addWidget(table, 1);

    auto* sides = new QHBoxLayout;
    sides->setSpacing(theme::kGap);
    const auto side = [&](const QString& name) {
        auto* text = new SideText(name, dialog);
        sides->addWidget(text, 1);
        return text;
    };
    auto* leftText = side(leftName);
    auto* rightText = side(rightName);
    dialog->body()->addLayout(sides);

    const auto fill = [rows, comparison](int shown) {
        QList<Row> all;
        const auto& lines = comparison.lines;
        for (int i = 0; i < lines.size(); ++i) {
            bool wanted = shown == Everything || lines[i].state != State::Same;
            // A group stands over what differs in it.
            for (qsizetype below = i + 1; !wanted && lines[i].group && below < lines.size() && lines[below].depth > lines[i].depth; ++below)
                wanted = lines[below].state != State::Same;
            if (wanted)
                all.append({i, lines[i]});
        }
        rows->setRows(all);
    };
    QObject::connect(choice, &widgets::SegmentedChoice::chosen, dialog, fill);
    const auto showLine = [comparison, leftText, rightText](const QString& key) {
        bool known = false;
        const int at = key.toInt(&known);
        const ComparedLine line = known && at < comparison.lines.size() ? comparison.lines[at] : ComparedLine();
        const auto stretch = models::messages::differingStretch(line.left, line.right);
        leftText->show(line.left, stretch, line.state == State::Differs || line.state == State::LeftOnly);
        rightText->show(line.right, stretch, line.state == State::Differs || line.state == State::RightOnly);
    };
    QObject::connect(table, &widgets::TableView::currentKeyChanged, dialog, showLine);
    // Where everything is the same, an empty table would say little.
    choice->setCurrent(comparison.equal() ? Everything : Differences);
    fill(choice->current());
    for (int i = 0; i < rows->rowCount(); ++i)
        if (!rows->rowAt(i).line.group) {
            table->selectKey(rows->keyAt(i));
            break;
        }
    const QString text = models::messages::differencesAsText(comparison);
    auto* copy = dialog->addChoice(Text::tr("Copy the differences"), theme::ButtonKind::Normal, [text, leftName, rightName] { QApplication::clipboard()->setText(QStringLiteral("--- %1\n+++ %2\n").arg(leftName, rightName) + text); });
    copy->setEnabled(!text.isEmpty());
    dialog->addChoice(Text::tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
    dialog->open();
    table->setFocus();
}

} // namespace

QString nameOf(const KeptMessage& message, const KeptMessage& other) {
    const QString name = Text::tr("%1 %2 · %3", "topic, partition, offset").arg(format::inOrder(message.topic)).arg(message.record.partition).arg(format::count(message.record.offset));
    return message.clusterKey == other.clusterKey ? name : Text::tr("%1 of %2", "message, cluster").arg(name, message.clusterName);
}

void showComparison(const KeptMessage& left, const KeptMessage& right, QWidget* near) {
    models::inBackground<Comparison>(
        near, [left, right] { return models::messages::compare(left.record, right.record); }, [left, right, near](const Comparison& comparison) { open(left, right, comparison, near); });
}

} // namespace ui::messages
