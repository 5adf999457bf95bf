#include "tests/support/test_registry.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/plan_dialog.h"

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QSignalSpy>
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
        QTest::keyClicks(name, QStringLiteral("order"));
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(approved.size(), 0);
        QTest::keyClicks(name, QStringLiteral("s"));
        QTest::keyClick(dialog, Qt::Key_Return);
        QCOMPARE(approved.size(), 1);
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

    void labelsAreNeverMarkup() {
        const PlainLabel label(QStringLiteral("<b>orders</b>"));
        QCOMPARE(label.textFormat(), Qt::PlainText);
        QVERIFY(label.sizeHint().width() > QFontMetrics(label.font()).horizontalAdvance(QStringLiteral("orders")));
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
