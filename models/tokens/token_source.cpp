#include "models/tokens/token_source.h"

namespace models::tokens {
namespace {

constexpr std::chrono::milliseconds kLook{50}; ///< between two looks at whether the wait is still wished

} // namespace

TokenSource::TokenSource(Fetch fetch, Now now) : m_fetch(std::move(fetch)), m_now(std::move(now)) {}

std::optional<Token> TokenSource::atHand() const {
    const std::lock_guard lock(m_mutex);
    return !m_token.text.isEmpty() && m_now() < m_renewAt ? std::optional(m_token) : std::nullopt;
}

Result<Token> TokenSource::token(const Patience& patience) {
    const QString what = QStringLiteral("a token");
    if (auto known = atHand())
        return *known;
    std::unique_lock fetching(m_fetching, std::defer_lock);
    while (!fetching.try_lock_for(kLook)) {
        if (cancelled(patience))
            return fail(ErrorCode::Cancelled, what, QStringLiteral("cancelled"));
        if (std::chrono::steady_clock::now() >= patience.deadline)
            return fail(ErrorCode::TimedOut, what, QStringLiteral("another request for it has no answer yet"));
    }
    if (auto known = atHand()) // whoever fetched meanwhile
        return *known;
    auto fresh = m_fetch(patience);
    const auto now = m_now();
    const std::lock_guard lock(m_mutex);
    if (!fresh) {
        const bool good = !m_token.text.isEmpty() && now < m_token.until && fresh.error().code != ErrorCode::Cancelled;
        return good ? Result<Token>(m_token) : fresh;
    }
    const qint64 life = now.msecsTo(fresh->until);
    if (life <= 0)
        return fail(ErrorCode::AuthenticationFailed, what,
            QStringLiteral("the token ended at %1 already: is this computer's clock right?").arg(fresh->until.toString(Qt::ISODate)));
    m_token = *fresh;
    m_renewAt = now.addMSecs(life / 5 * 4);
    return fresh;
}

void TokenSource::refused(const Token& token) {
    const std::lock_guard lock(m_mutex);
    if (m_token.text == token.text)
        m_token = {};
}

} // namespace models::tokens
