#include "models/tokens/token_source.h"

namespace models::tokens {

TokenSource::TokenSource(Fetch fetch, Now now) : m_fetch(std::move(fetch)), m_now(std::move(now)) {}

Result<Token> TokenSource::token(const Patience& patience) {
    const std::unique_lock lock(m_mutex, patience.deadline);
    if (!lock)
        return fail(ErrorCode::TimedOut, QStringLiteral("a token"), QStringLiteral("another request for it has no answer yet"));
    if (!m_token.text.isEmpty() && m_now() < m_renewAt)
        return m_token;
    auto fresh = m_fetch(patience);
    if (!fresh)
        return fresh;
    const auto now = m_now();
    const qint64 life = now.msecsTo(fresh->until);
    if (life <= 0)
        return fail(ErrorCode::AuthenticationFailed, QStringLiteral("a token"),
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
