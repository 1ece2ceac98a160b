/* Names of files need not be UTF-8, but what we write must be. */
#ifndef TB_BASE_UTF8_H
#define TB_BASE_UTF8_H

/* The length of the UTF-8 character that s starts with; 0: none does. */
static inline int tb_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    int length = *s < 0x80                 ? 1
                 : *s >= 0xc2 && *s < 0xe0 ? 2
                 : *s >= 0xe0 && *s < 0xf0 ? 3
                 : *s >= 0xf0 && *s < 0xf5 ? 4
                                           : 0;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) ||
        (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] >= 0x90))
        return 0;
    return length;
}

#endif
