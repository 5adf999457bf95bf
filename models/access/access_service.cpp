#include "models/access/access_service.h"

#include "models/wire/access_client.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>
#include <QTimer>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace models::access {
namespace {

using namespace std::chrono_literals;

constexpr int kAgainMs = 10'000;
constexpr auto kAnswerTimeout = 5s;
constexpr int kClusterAuthorizationFailed = 31;

PartState stateOf(const Error& error) {
    if (error.kafkaCode == wire::kSecurityDisabled)
        return PartState::Off;
    return error.kafkaCode == kClusterAuthorizationFailed || error.code == ErrorCode::NotAuthorized ? PartState::NotAllowed : PartState::Failed;
}

} // namespace

/// One question under way: the thread that asks keeps it alive.
struct AccessService::Round {
    std::mutex mutex; ///< guards the client's pointer
    std::shared_ptr<wire::AccessClient> client;
    bool cancelled = false;

    void cancel() {
        const std::lock_guard lock(mutex);
        cancelled = true;
        if (client)
            client->cancel();
    }
    /// False when nobody wants the answer any more.
    bool use(std::shared_ptr<wire::AccessClient> fresh) {
        const std::lock_guard lock(mutex);
        client = std::move(fresh);
        return !cancelled;
    }
};

AccessService::AccessService(session::ClusterSession* session, QObject* parent) : QObject(parent), m_session(session), m_timer(new QTimer(this)) {
    m_timer->setInterval(kAgainMs);
    connect(m_timer, &QTimer::timeout, this, [this] { ask(); });
    connect(session, &session::ClusterSession::stateChanged, this, [this](session::SessionState state) {
        if (state == session::SessionState::Idle || state == session::SessionState::Connecting)
            forget();
        else if (state == session::SessionState::Connected && m_watched)
            ask();
    });
}

AccessService::~AccessService() {
    if (m_round)
        m_round->cancel();
}

void AccessService::setSource(Source source) {
    m_source = std::move(source);
    if (m_round)
        m_round->cancel();
    m_round.reset(); // what another source was asked is nobody's answer any more
}

void AccessService::setWatched(bool watched) {
    if (m_watched == watched)
        return;
    m_watched = watched;
    if (!watched) {
        m_timer->stop();
        return;
    }
    m_timer->start();
    ask();
}

void AccessService::refresh() {
    if (m_round)
        m_again = true; // what is under way may be older than what happened since
    else
        ask();
}

/// Another connection, maybe as somebody else: nothing that was known holds.
void AccessService::forget() {
    if (m_round)
        m_round->cancel();
    m_round.reset();
    m_again = false;
    m_snapshot = {};
    m_rulesState = m_usersState = PartState::Unknown;
    m_rulesError.reset();
    m_usersError.reset();
    emit changed();
}

void AccessService::ask() {
    if (m_round || m_session->state() != session::SessionState::Connected)
        return;
    m_round = std::make_shared<Round>();
    const QPointer<AccessService> self(this);
    const auto answer = [self, round = m_round](AccessAnswers answers) {
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, round, answers = std::move(answers)] {
                if (!self || self->m_round != round)
                    return;
                self->m_round.reset();
                self->take(answers);
                if (std::exchange(self->m_again, false))
                    self->ask();
            },
            Qt::QueuedConnection);
    };
    const auto config = m_session->config().client;
    if (m_source) {
        m_source(config, answer);
        return;
    }
    std::thread([config, answer, round = m_round] {
        pthread_setname_np(pthread_self(), "access");
        auto client = std::make_shared<wire::AccessClient>(config);
        if (!round->use(client))
            return;
        auto rules = client->acls(kAnswerTimeout);
        auto users = client->scramUsers(kAnswerTimeout);
        if (round->use(nullptr))
            answer({std::move(rules), std::move(users)});
    }).detach();
}

void AccessService::take(const AccessAnswers& answers) {
    auto next = m_snapshot.data ? *m_snapshot.data : AccessSnapshot{};
    m_snapshot.errors.clear();
    const auto part = [this](const auto& answer, auto& kept, PartState& state, std::optional<Error>& error, const QString& name) {
        if (answer) {
            kept = *answer;
            state = PartState::Known;
            error.reset();
            return true;
        }
        error = answer.error();
        state = stateOf(*error);
        m_snapshot.errors.append({name, *error});
        if (state != PartState::Failed)
            kept.clear(); // what may not be seen is not shown either
        return false;
    };
    const bool rules = part(answers.rules, next.rules, m_rulesState, m_rulesError, QStringLiteral("rules"));
    const bool users = part(answers.users, next.users, m_usersState, m_usersError, QStringLiteral("users"));
    if (rules || users || m_snapshot.data)
        m_snapshot.data = std::make_shared<const AccessSnapshot>(std::move(next));
    if (rules || users)
        m_snapshot.takenMs = QDateTime::currentMSecsSinceEpoch();
    ++m_snapshot.generation;
    emit changed();
}

} // namespace models::access
