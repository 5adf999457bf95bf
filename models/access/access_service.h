#pragma once
// The ACLs and SCRAM users of one connected cluster, asked again while somebody looks. Interface thread; the questions run on a thread of their own,
// so nothing here waits for a broker.

#include "models/base/snapshot.h"
#include "models/client/access_types.h"
#include "models/session/cluster_session.h"

#include <QObject>
#include <functional>
#include <memory>
#include <optional>

class QTimer;

namespace models::access {

struct AccessSnapshot {
    QList<client::AclRule> rules; ///< sorted
    QList<client::ScramUser> users; ///< by name
};

/// Of one round. What was refused brings its own reason: who may not see the users may see the rules.
struct AccessAnswers {
    Result<QList<client::AclRule>> rules;
    Result<QList<client::ScramUser>> users;
};

/// How far the rules (or the users) are known.
enum class PartState {
    Unknown,    ///< not asked yet, or not answered
    Known,
    Off,        ///< the cluster has no authorizer: everybody may do everything, and there are no rules
    NotAllowed, ///< our login may not see them
    Failed,     ///< nobody answered, or our client does not speak this cluster's login; what was known before stays
};

class AccessService : public QObject {
    Q_OBJECT
public:
    /// Asks and answers once, on any thread. Null: nobody is asked (tests, that call take()).
    using Source = std::function<void(const client::ClientConfig& config, std::function<void(AccessAnswers)> answer)>;

    explicit AccessService(session::ClusterSession* session, QObject* parent = nullptr);
    ~AccessService() override; ///< waits for nobody

    /// While true: asks at once, whenever the cluster connects, and every 10 s.
    void setWatched(bool watched);
    void refresh();
    /// Who is asked, for tests.
    void setSource(Source source);
    /// An answer, as if it had been asked for.
    void take(const AccessAnswers& answers);

    /// Null data before the first good answer. Errors by part: "rules", "users".
    [[nodiscard]] const Snapshot<AccessSnapshot>& snapshot() const { return m_snapshot; }
    [[nodiscard]] PartState rulesState() const { return m_rulesState; }
    [[nodiscard]] PartState usersState() const { return m_usersState; }
    [[nodiscard]] std::optional<Error> rulesError() const { return m_rulesError; }
    [[nodiscard]] std::optional<Error> usersError() const { return m_usersError; }

signals:
    void changed();

private:
    struct Round;
    void ask();
    void forget();

    session::ClusterSession* m_session;
    QTimer* m_timer;
    Source m_source;
    std::shared_ptr<Round> m_round; ///< under way; a new connection lets it go
    bool m_again = false;           ///< asked for while one was under way
    bool m_watched = false;
    Snapshot<AccessSnapshot> m_snapshot;
    PartState m_rulesState = PartState::Unknown;
    PartState m_usersState = PartState::Unknown;
    std::optional<Error> m_rulesError, m_usersError;
};

} // namespace models::access
