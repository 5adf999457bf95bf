#include "models/search/text_finder.h"

#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace models::search {
namespace {

std::size_t findByLibc(std::string_view in, std::size_t from, std::string_view text) {
    const void* found = ::memmem(in.data() + from, in.size() - from, text.data(), text.size());
    return found == nullptr ? std::string_view::npos : static_cast<std::size_t>(static_cast<const char*>(found) - in.data());
}

#if defined(__x86_64__)
/// `text` has at least two bytes and fits at least once.
__attribute__((target("avx2,bmi"))) std::size_t findWide(std::string_view in, std::size_t from, std::string_view text) {
    const std::size_t size = text.size();
    const char* data = in.data();
    const std::size_t last = in.size() - size; // last place where it could begin
    const __m256i first = _mm256_set1_epi8(text.front());
    const __m256i end = _mm256_set1_epi8(text.back());
    std::size_t at = from;
    const auto candidates = [&](std::size_t place) __attribute__((target("avx2"))) {
        const __m256i begins = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + place));
        const __m256i ends = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + place + size - 1));
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(begins, first), _mm256_cmpeq_epi8(ends, end))));
    };
    const auto verify = [&](std::size_t place, std::uint32_t mask) -> std::size_t {
        while (mask != 0) {
            const std::size_t found = place + static_cast<std::size_t>(__builtin_ctz(mask));
            if (std::memcmp(data + found + 1, text.data() + 1, size - 1) == 0)
                return found;
            mask &= mask - 1;
        }
        return std::string_view::npos;
    };
    for (; at + 63 <= last; at += 64) {
        const auto low = candidates(at);
        const auto high = candidates(at + 32);
        if ((low | high) == 0)
            continue;
        if (const auto found = verify(at, low); found != std::string_view::npos)
            return found;
        if (const auto found = verify(at + 32, high); found != std::string_view::npos)
            return found;
    }
    for (; at + 31 <= last; at += 32)
        if (const auto found = verify(at, candidates(at)); found != std::string_view::npos)
            return found;
    if (at > last)
        return std::string_view::npos;
    if (last < 31)
        return findByLibc(in, at, text);
    // The last places once more with those before them, which were looked at already.
    const std::size_t place = last - 31;
    return verify(place, candidates(place) & (~0U << (at - place)));
}
#endif

} // namespace

TextFinder::TextFinder(std::string text) : m_text(std::move(text)), m_wide(false) {
#if defined(__x86_64__)
    m_wide = __builtin_cpu_supports("avx2") != 0;
#endif
}

std::size_t TextFinder::find(std::string_view in, std::size_t from) const {
    if (from > in.size() || m_text.size() > in.size() - from)
        return std::string_view::npos;
    if (m_text.empty())
        return from;
#if defined(__x86_64__)
    if (m_wide && m_text.size() > 1)
        return findWide(in, from, m_text);
#endif
    return findByLibc(in, from, m_text);
}

} // namespace models::search
