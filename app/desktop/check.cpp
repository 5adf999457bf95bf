#include "app/desktop/check.h"

#include "app/desktop/picture.h"
#include "app/desktop/window.h"

#include <QDateTime>
#include <QTimer>
#include <cstdio>

namespace app::desktop {

using namespace models;

namespace {
constexpr qint64 kDeadlineMs = 60000;
constexpr qint64 kLoadMs = 20000; ///< of demo load before the picture
constexpr int kBrokers = 3;
} // namespace

Check::Check(Services& services, Window& window, QString picture)
    : m_services(services), m_window(window), m_picture(std::move(picture)), m_timer(new QTimer(this)), m_startedMs(QDateTime::currentMSecsSinceEpoch()) {
    connect(m_timer, &QTimer::timeout, this, &Check::look);
    connect(&services.demo, &localcluster::DemoLoad::ended, this, [this](const QString& problem) {
        if (!m_over && !problem.isEmpty())
            end(false, tr("the demo load ended: %1").arg(problem));
    });
    m_timer->start(250);
}

void Check::look() {
    int up = 0;
    for (const auto& cluster : m_services.local.clusters()) {
        int here = 0;
        for (const auto& node : cluster.nodes)
            here += node.state == localcluster::NodeState::Running;
        up = std::max(up, here);
    }
    const auto& progress = m_services.demo.progress();
    if (up >= kBrokers && progress.acknowledged > 0 && progress.elapsedMs >= kLoadMs) {
        end(progress.failed == 0, tr("%1 brokers up, %2 messages acknowledged by all replicas, %3 given up; lag: billing %4, warehouse %5")
                                      .arg(up)
                                      .arg(progress.acknowledged)
                                      .arg(progress.failed)
                                      .arg(progress.lagBilling)
                                      .arg(progress.lagWarehouse));
        return;
    }
    if (QDateTime::currentMSecsSinceEpoch() - m_startedMs > kDeadlineMs)
        end(false, tr("after %1 s: %2 of %3 brokers up, %4 messages acknowledged").arg(kDeadlineMs / 1000).arg(up).arg(kBrokers).arg(progress.acknowledged));
}

void Check::end(bool good, const QString& why) {
    m_over = true;
    m_timer->stop();
    std::fprintf(good ? stdout : stderr, "samsa: %s\n", qPrintable(why));
    const bool saved = savePicture(&m_window.main(), m_picture);
    std::fprintf(saved ? stdout : stderr, "samsa: %s %s\n", saved ? "picture:" : "the picture could not be written to", qPrintable(m_picture));
    emit finished(good && saved);
}

} // namespace app::desktop
