/* Words, signs and literals of TorchScript source. */
#ifndef TB_TORCHSCRIPT_TOKEN_H
#define TB_TORCHSCRIPT_TOKEN_H

#include <stddef.h>
#include <stdint.h>

typedef enum tb_token_kind {
    TB_TOKEN_END,
    TB_TOKEN_LINE_END,
    TB_TOKEN_INDENT,
    TB_TOKEN_DEDENT,
    TB_TOKEN_NAME,
    TB_TOKEN_INT,
    TB_TOKEN_FLOAT,
    TB_TOKEN_COMPLEX,
    TB_TOKEN_STRING,
    /* reserved words */
    TB_TOKEN_AND,
    TB_TOKEN_AS,
    TB_TOKEN_ASSERT,
    TB_TOKEN_BREAK,
    TB_TOKEN_CLASS,
    TB_TOKEN_CONTINUE,
    TB_TOKEN_DEF,
    TB_TOKEN_DEL,
    TB_TOKEN_ELIF,
    TB_TOKEN_ELSE,
    TB_TOKEN_FALSE,
    TB_TOKEN_FOR,
    TB_TOKEN_IF,
    TB_TOKEN_IN,
    TB_TOKEN_IS,
    TB_TOKEN_NONE,
    TB_TOKEN_NOT,
    TB_TOKEN_OR,
    TB_TOKEN_PASS,
    TB_TOKEN_RAISE,
    TB_TOKEN_RETURN,
    TB_TOKEN_TRUE,
    TB_TOKEN_WHILE,
    TB_TOKEN_WITH,
    /* signs */
    TB_TOKEN_OPEN_PAREN,
    TB_TOKEN_CLOSE_PAREN,
    TB_TOKEN_OPEN_BRACKET,
    TB_TOKEN_CLOSE_BRACKET,
    TB_TOKEN_OPEN_BRACE,
    TB_TOKEN_CLOSE_BRACE,
    TB_TOKEN_COMMA,
    TB_TOKEN_COLON,
    TB_TOKEN_SEMICOLON,
    TB_TOKEN_DOT,
    TB_TOKEN_ELLIPSIS,
    TB_TOKEN_ARROW,
    TB_TOKEN_ASSIGN,
    TB_TOKEN_EQ,
    TB_TOKEN_NE,
    TB_TOKEN_LT,
    TB_TOKEN_LE,
    TB_TOKEN_GT,
    TB_TOKEN_GE,
    TB_TOKEN_PLUS,
    TB_TOKEN_MINUS,
    TB_TOKEN_STAR,
    TB_TOKEN_SLASH,
    TB_TOKEN_PERCENT,
    TB_TOKEN_AT,
    TB_TOKEN_AMPERSAND,
    TB_TOKEN_BAR,
    TB_TOKEN_CARET,
    TB_TOKEN_TILDE,
    TB_TOKEN_POWER,
    TB_TOKEN_FLOOR_DIV,
    TB_TOKEN_SHIFT_LEFT,
    TB_TOKEN_SHIFT_RIGHT,
    TB_TOKEN_PLUS_ASSIGN,
    TB_TOKEN_MINUS_ASSIGN,
    TB_TOKEN_STAR_ASSIGN,
    TB_TOKEN_SLASH_ASSIGN,
    TB_TOKEN_PERCENT_ASSIGN,
    TB_TOKEN_AT_ASSIGN,
    TB_TOKEN_AND_ASSIGN,
    TB_TOKEN_OR_ASSIGN,
    TB_TOKEN_XOR_ASSIGN,
    TB_TOKEN_POWER_ASSIGN,
    TB_TOKEN_FLOOR_DIV_ASSIGN,
    TB_TOKEN_LEFT_ASSIGN,
    TB_TOKEN_RIGHT_ASSIGN,
    TB_TOKENS
} tb_token_kind;

typedef struct tb_token {
    tb_token_kind kind;
    int line;
    const char *start; /* in the source */
    size_t length;
    union {
        uint64_t integer; /* up to 2^63: a sign may follow from the left */
        double real;
        struct {
            const char *text; /* interned: of names and strings */
            size_t text_length;
        };
    };
} tb_token;

/* As a word or sign is written; null for the others. */
const char *tb_token_spelling(tb_token_kind kind);

/* The sign of one character; TB_TOKEN_END when it is none. */
tb_token_kind tb_token_of_sign(int character);

/* What a sign becomes with one character more; itself when that is none. */
tb_token_kind tb_token_lengthen(tb_token_kind kind, int next);

/* A token as errors show it: "'def'", "the end of the line"; or what one of its
   kind would be, when nothing but the kind is set. */
void tb_token_describe(const tb_token *token, char text[64]);

#endif
