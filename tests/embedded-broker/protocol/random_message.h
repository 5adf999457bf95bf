#pragma once
// Fills any generated message with random values of its types. Same seed, same message.

#include "embedded-broker/base/random.h"
#include "embedded-broker/protocol/visit_fields.h"

#include <type_traits>

namespace broker::protocol {

class MessageFiller {
public:
    /// With `nulls`, fields that can be null sometimes are, also in versions that cannot say so.
    MessageFiller(Random& random, bool nulls) : m_random(random), m_nulls(nulls) {}

    void operator()(bool& v) { v = m_random.below(2) == 1; }
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    void operator()(T& v) { v = static_cast<T>(m_random.next() >> m_random.below(64)); }
    void operator()(double& v) { v = static_cast<double>(m_random.between(-1000, 1000)) / 8; }
    void operator()(Uuid& v) { v = Uuid::random(m_random); }
    void operator()(std::string& v) {
        v.clear();
        for (std::uint64_t size = m_random.below(m_random.below(10) == 0 ? 300 : 6); size > 0; --size)
            v += static_cast<char>('a' + m_random.below(26));
    }
    void operator()(Slice& v) {
        std::string text;
        (*this)(text);
        v = Slice::copy(text);
    }
    void operator()(Records& v) {
        v = Records();
        for (std::uint64_t parts = m_random.below(3); parts > 0; --parts) { // several, as a log hands them out
            Slice slice;
            (*this)(slice);
            v.payload.append(slice);
        }
    }
    void operator()(std::vector<TaggedField>& v) {
        v.clear();
        for (std::uint32_t tag = 200; m_random.below(8) == 0; ++tag) {
            v.push_back({tag, {}});
            (*this)(v.back().bytes);
        }
    }
    template <class T>
    void operator()(std::vector<T>& v) {
        v.clear();
        ++m_depth;
        for (std::uint64_t count = m_random.below(m_depth < 4 ? 4 : 2); count > 0; --count)
            (*this)(v.emplace_back());
        --m_depth;
    }
    template <class T>
    void operator()(std::optional<T>& v) {
        if (m_nulls && m_random.below(3) == 0)
            v.reset();
        else
            (*this)(*(v = T()));
    }
    template <class T>
    void operator()(T& message) { FieldsOf<T>::each(message, *this); }

private:
    Random& m_random;
    bool m_nulls;
    int m_depth = 0;
};

} // namespace broker::protocol
