#include "tests/support/test_registry.h"
#include "ui/widgets/fields.h"

#include <QAbstractItemModel>
#include <QSignalSpy>
#include <QTest>

using ui::widgets::ChoiceBox;

class ChoiceBoxTest : public QObject {
    Q_OBJECT
private slots:
    void theSameListAgainChangesNothing() {
        ChoiceBox box;
        box.setChoices({QStringLiteral("orders"), QStringLiteral("payments")});
        QSignalSpy reset(box.model(), &QAbstractItemModel::modelReset);
        box.setChoices({QStringLiteral("orders"), QStringLiteral("payments")});
        QCOMPARE(reset.size(), 0);
        box.setChoices({QStringLiteral("orders")});
        QCOMPARE(reset.size(), 1);
        QCOMPARE(box.count(), 1);
    }

    void theChoiceStaysWhereItsNameGoes() {
        ChoiceBox box;
        box.setChoices({QStringLiteral("orders"), QStringLiteral("payments")});
        box.setCurrentText(QStringLiteral("payments"));
        QSignalSpy changed(&box, &QComboBox::currentTextChanged);
        box.setChoices({QStringLiteral("audit"), QStringLiteral("orders"), QStringLiteral("payments")});
        QCOMPARE(box.currentText(), QStringLiteral("payments"));
        QCOMPARE(box.currentIndex(), 2);
        QCOMPARE(changed.size(), 0);
        box.setChoices({QStringLiteral("audit")}); // gone: nothing is chosen in its place
        QCOMPARE(box.currentIndex(), -1);
    }
};

SAMSA_TEST(ChoiceBoxTest)
#include "choice_box_test.moc"
