#include "app/demo/shop.h"
#include "tests/support/test_registry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QSet>
#include <QTest>

using namespace app::demo;

class ShopTest : public QObject {
    Q_OBJECT
private slots:
    void theSameSeedMakesTheSameShop() {
        Shop a(7);
        Shop b(7);
        for (int i = 0; i < 1000; ++i) {
            const Message x = a.next(1'000'000 + i * 5);
            const Message y = b.next(1'000'000 + i * 5);
            QVERIFY(x.value == y.value && x.key == y.key && x.headers == y.headers);
        }
    }

    void everyMessageIsJsonWithAKeyAndHeaders() {
        Shop shop(1);
        QMap<QByteArray, int> topics;
        QSet<QString> orders;
        QSet<QString> paid;
        for (int i = 0; i < 20'000; ++i) {
            const Message message = shop.next(1'000'000 + i * 5);
            QJsonParseError error{};
            const QJsonObject value = QJsonDocument::fromJson(QByteArray::fromStdString(message.value), &error).object();
            QVERIFY2(error.error == QJsonParseError::NoError, message.value.c_str());
            QVERIFY(!message.key.empty());
            QCOMPARE(message.headers.size(), std::size_t(4));
            const QByteArray topic = message.topic;
            ++topics[topic];
            const QString order = value[QLatin1String("orderId")].toString();
            if (topic == kOrders) {
                QVERIFY(!orders.contains(order));
                orders.insert(order);
                QCOMPARE(QString::fromStdString(message.key), value[QLatin1String("customerId")].toString());
            } else if (topic == kPayments) {
                QVERIFY(orders.contains(order)); // nobody pays for what was not ordered
                if (value[QLatin1String("status")].toString() == QLatin1String("authorized"))
                    paid.insert(order);
            } else {
                QVERIFY(paid.contains(order)); // nor is anything shipped that was not paid
            }
        }
        QVERIFY(topics[kOrders] > 5000 && topics[kPayments] > 5000 && topics[kShipments] > 5000);
    }
};

SAMSA_TEST(ShopTest)
#include "shop_test.moc"
