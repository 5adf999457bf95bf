#include "tests/support/test_registry.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/command_box.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/plan_dialog.h"

#include <QAction>
#include <QApplication>
#include <QFormLayout>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTextLayout>
#include <QTest>

using namespace ui::widgets;

class DialogTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void destructionNeedsTheName() {
        QWidget window;
        window.resize(900, 700);
        window.show();
        auto* dialog = new PlanDialog({QStringLiteral("Delete topic orders"), QStringLiteral("dev"), {}, {QStringLiteral("Messages go.")}, {}, {}, {}, QStringLiteral("orders"),
                                       QStringLiteral("Delete topic"), true}, &window);
        dialog->open();
        QSignalSpy approved(dialog, &PlanDialog::approved);
        auto* name = dialog->findChild<QLineEdit*>();
        QVERIFY(name);
        QVERIFY(name->hasFocus() || !window.isActiveWindow()); // one can type at once
        QTest::keyClicks(name, QStringLiteral("order"));
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(approved.size(), 0);
        QTest::keyClicks(name, QStringLiteral("s"));
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(approved.size(), 1);
    }

    void aCommandBreaksBetweenItsOptions() {
        const QString command = QStringLiteral("kafka-configs.sh --bootstrap-server 127.0.0.1:19091,127.0.0.1:19092,127.0.0.1:19093 --alter --entity-type topics --entity-name customers "
                                               "--add-config min.cleanable.dirty.ratio=0.3,min.compaction.lag.ms=600000");
        const QString shown = CommandBox::breakable(command);
        for (const int width : {150, 220, 300, 420, 600}) {
            QTextLayout layout(shown, ui::theme::of(nullptr).font(ui::theme::Face::MonoSmall));
            QTextOption option;
            option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
            layout.setTextOption(option);
            layout.beginLayout();
            for (auto line = layout.createLine(); line.isValid(); line = layout.createLine()) {
                line.setLineWidth(width);
                if (line.textStart() == 0)
                    continue;
                // What stands before a break: the end of an option or its value, or a comma in a list; never a part of a name. A single word may be too long for a line.
                const QString before = shown.left(line.textStart()).remove(QChar(0x2060)), after = shown.mid(line.textStart()).remove(QChar(0x2060));
                QVERIFY2(before.endsWith(u' ') || before.endsWith(QChar(0x200B)) || width < 300, qPrintable(QStringLiteral("%1: %2 | %3").arg(width).arg(before.right(20), after.left(20))));
                QVERIFY2(!before.endsWith(u'-') && (!after.startsWith(u'-') || after.startsWith(QLatin1String("--"))), qPrintable(before.right(20) + u'|' + after.left(20)));
                QVERIFY2(!after.startsWith(QLatin1String("topics")) && !after.startsWith(QLatin1String("customers")), "an option keeps its value");
            }
            layout.endLayout();
        }
        QString plain = shown;
        QCOMPARE(plain.remove(QChar(0x2060)).remove(QChar(0x200B)).replace(QChar(0x00A0), u' '), command);
    }

    void aNoteWithoutRoomStandsBelowItsTitle() {
        QWidget window;
        auto* card = new Card(QStringLiteral("Many messages"), QStringLiteral("again, or from a file; nothing in them changes"), &window);
        auto* note = card->findChildren<PlainLabel*>().last();
        QVERIFY(note->text().startsWith(QStringLiteral("again")));
        card->resize(700, 120);
        window.resize(700, 120);
        window.show();
        QCoreApplication::processEvents();
        auto* title = card->findChildren<PlainLabel*>().first();
        QCOMPARE(note->geometry().center().y() / 8, title->geometry().center().y() / 8); // one line
        card->resize(240, 120);
        QCoreApplication::processEvents();
        QVERIFY2(note->geometry().top() >= title->geometry().bottom(), "the note stands below");
        QVERIFY2(note->height() >= note->heightForWidth(note->width()) && note->heightForWidth(note->width()) > note->heightForWidth(1000), "and all of it is there");
        card->resize(700, 120);
        QCoreApplication::processEvents();
        QVERIFY(note->geometry().top() < title->geometry().bottom());
    }

    void aFormKeepsTheRowAfterAHiddenOne() {
        QWidget window;
        window.resize(360, 600);
        auto* form = formLayout();
        auto* note = (new PlainLabel(QStringLiteral("Text that is long enough to take at least two lines of this form, whatever the font of the machine may be."), &window))->asFormRow();
        auto *first = new QLineEdit(&window), *hidden = new QLineEdit(&window), *second = new QLineEdit(&window), *third = new QLineEdit(&window), *last = new QLineEdit(&window);
        form->addRow(QStringLiteral("Note"), note);
        for (auto* field : {hidden, first, second, third, last})
            form->addRow(QStringLiteral("Field"), field);
        window.setLayout(form);
        form->setRowVisible(note, false);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        for (auto* field : {hidden, third}) {
            field->setVisible(false);
            form->labelForField(field)->setVisible(false);
        }
        form->setRowVisible(note, true);
        QCoreApplication::processEvents();
        QTRY_VERIFY(note->height() >= 2 * note->fontMetrics().height());
        int below = note->geometry().bottom();
        for (auto* field : {first, second, last}) {
            QVERIFY(field->isVisible());
            QVERIFY2(field->height() >= field->minimumSizeHint().height() && field->y() > below, qPrintable(QStringLiteral("at %1, below %2").arg(field->y()).arg(below)));
            below = field->geometry().bottom();
        }
        const int high = note->height();
        window.resize(900, 600); // fewer lines
        QTRY_VERIFY(note->height() < high);
    }

    void enterPressesTheButtonThatHasTheKeyboard() {
        QWidget window;
        window.resize(900, 700);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        auto* dialog = new Dialog(QStringLiteral("Delete everything"), {}, &window);
        int cancelled = 0, done = 0;
        dialog->addChoice(QStringLiteral("Cancel"), ui::theme::ButtonKind::Quiet, [&] { ++cancelled; });
        dialog->addChoice(QStringLiteral("Delete"), ui::theme::ButtonKind::Danger, [&] { ++done; });
        dialog->open();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // what is meant
        QCOMPARE(done, 1);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Backtab, Qt::ShiftModifier);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QCOMPARE(cancelled, 1);
        QCOMPARE(done, 1); // Enter on Cancel deletes nothing
    }

    void theKeyboardGoesBackToWhereItWas() {
        QWidget window;
        window.resize(900, 700);
        auto* before = new QLineEdit(&window);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        before->setFocus();
        auto* dialog = new Dialog(QStringLiteral("Title"), {}, &window);
        auto* field = new QLineEdit(dialog);
        field->setFocus(); // before it is open
        dialog->open();
        dialog->dismiss();
        QCOMPARE(QApplication::focusWidget(), before);
    }

    void theKeyDrawnInASearchFieldLeadsToIt() {
        QWidget window;
        auto* search = new SearchField(QStringLiteral("Filter topics"), &window);
        auto* other = new QLineEdit(&window);
        other->move(0, 60);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.setFocus();
        QTest::keyClick(&window, Qt::Key_Slash);
        QCOMPARE(QApplication::focusWidget(), search);
        other->setFocus();
        QTest::keyClick(other, Qt::Key_Slash);
        QCOMPARE(other->text(), QStringLiteral("/")); // a letter where one writes
    }

    void aNumberIsNotCutInTwo() {
        PlainLabel label(QStringLiteral("12 partitions, 48,812,975 messages, 21.3 GB"));
        label.givesWay();
        const QFontMetrics metrics(ui::theme::of(&label).font(ui::theme::Face::Text));
        QCOMPARE(label.shownIn(1000), label.text());
        QCOMPARE(label.shownIn(metrics.horizontalAdvance(QStringLiteral("12 partitions, 48,812"))), QStringLiteral("12 partitions \u2026"));
    }

    void keysStayInside() {
        QWidget window;
        window.resize(900, 700);
        auto* behind = new QAction(&window);
        behind->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_K));
        window.addAction(behind);
        QSignalSpy fired(behind, &QAction::triggered);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        auto* dialog = new Dialog(QStringLiteral("Title"), {}, &window);
        auto* choice = dialog->addChoice(QStringLiteral("Close"), ui::theme::ButtonKind::Normal, [dialog] { dialog->dismiss(); });
        Q_UNUSED(choice)
        dialog->open();
        QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_K, Qt::ControlModifier);
        QCOMPARE(fired.size(), 0);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        QSignalSpy closed(dialog, &Dialog::closed);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QCOMPARE(closed.size(), 1);
    }

    void aPlanOfSomethingNewHasNoColumnOfWhatIsNotThere() {
        const auto texts = [](const PlanText& plan) {
            QWidget window;
            window.resize(900, 700);
            auto* dialog = new PlanDialog(plan, &window);
            QStringList all;
            for (const auto* label : dialog->findChildren<PlainLabel*>())
                all << label->text();
            return all;
        };
        PlanText plan;
        plan.title = QStringLiteral("Send message");
        plan.target = QStringLiteral("dev");
        plan.doText = QStringLiteral("Send");
        plan.lines = {{QStringLiteral("key"), {}, QStringLiteral("null")}, {QStringLiteral("value"), {}, QStringLiteral("7 B")}};
        QVERIFY(!texts(plan).contains(QStringLiteral("not there")));
        QVERIFY(!texts(plan).contains(QStringLiteral("Now")));
        plan.lines.append({QStringLiteral("retention.ms"), QStringLiteral("1"), QStringLiteral("2")}); // beside what changes it is worth a word
        QCOMPARE(texts(plan).count(QStringLiteral("not there")), 2);
        QVERIFY(texts(plan).contains(QStringLiteral("Now")));
    }

    void theKeyboardWaitsForAButtonThatWorks() {
        QWidget window;
        QAction plan(QStringLiteral("Show the plan")), other(QStringLiteral("Delete everything"));
        Button button(&plan, ui::theme::ButtonKind::Normal, &window);
        Button beside(&other, ui::theme::ButtonKind::Danger, &window);
        beside.move(200, 0);
        QLineEdit field(&window);
        field.move(0, 60);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        button.setFocus();
        plan.setEnabled(false);
        QVERIFY(!beside.hasFocus() && !field.hasFocus()); // Enter presses nothing that nobody chose
        plan.setEnabled(true);
        QVERIFY(button.hasFocus());
        plan.setEnabled(false);
        field.setFocus(); // who went elsewhere meanwhile stays there
        plan.setEnabled(true);
        QVERIFY(field.hasFocus());
    }

    void labelsAreNeverMarkup() {
        const PlainLabel label(QStringLiteral("<b>orders</b>"));
        QCOMPARE(label.textFormat(), Qt::PlainText);
        QVERIFY(label.sizeHint().width() > QFontMetrics(label.font()).horizontalAdvance(QStringLiteral("orders")));
    }

    void namesAreWholeWhateverTheirLength() {
        PlainLabel label(QString(200, u'x'));
        label.setWordWrap(true);
        const int line = QFontMetrics(ui::theme::of(&label).font(ui::theme::Face::Text)).height();
        QVERIFY(label.heightForWidth(200) > 3 * line); // a name without a place to break at breaks all the same
        label.setText(QStringLiteral("a\u202Ebcd"));
        const int turned = label.sizeHint().width();
        label.setText(QStringLiteral("abcd"));
        QVERIFY(turned > 2 * label.sizeHint().width()); // what turns the order is said
        label.lines(2);
        const int two = label.sizeHint().height();
        label.setText(QString(2000, u'x'));
        QCOMPARE(label.sizeHint().height(), two);
        QCOMPARE(label.heightForWidth(100), two);
    }

    void buttonsFollowTheirAction() {
        QAction action(QStringLiteral("Stop"));
        Button button(&action);
        QSignalSpy fired(&action, &QAction::triggered);
        button.click();
        QCOMPARE(fired.size(), 1);
        action.setEnabled(false);
        action.setToolTip(QStringLiteral("locked"));
        QVERIFY(!button.isEnabled());
        QCOMPARE(button.toolTip(), QStringLiteral("locked"));
    }
};

SAMSA_TEST(DialogTest)
#include "dialog_test.moc"
