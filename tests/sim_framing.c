/* SPDX-License-Identifier: MIT */
#include "tests/sim_framing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sim_text_add(struct sim_text *text, const void *data, size_t len)
{
	memcpy(text->bytes + text->len, data, len);
	text->len += len;
}

void sim_text_line(struct sim_text *text, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	sim_text_add(text, line, (size_t)len);
}

void sim_text_record(struct sim_text *text, struct wire_header header)
{
	wire_encode(&header, text->bytes + text->len);
	text->len += WIRE_HEADER_SIZE;
}

#define PARTS "multipart/x-mixed-replace; boundary="

const struct sim_framing sim_framings[SIM_PUBLISHER_KINDS] = {
	[SIM_PUBLISHER_NATIVE] = {"", "", "", "", NULL, ""},
	[SIM_PUBLISHER_PARTS] = {"Content-Type: " PARTS "parts-of-a-test\r\n", "",
				 "--parts-of-a-test\r\nContent-Type: image/jpeg\r\n", "\r\n",
				 "Content-Length: ", "--parts-of-a-test--\r\n"},
	[SIM_PUBLISHER_OPEN_PARTS] = {"Content-Type: " PARTS "\"--parts-of-a-test\"\r\n", "",
				      "--parts-of-a-test\r\nContent-Type: image/jpeg\r\n", "\r\n",
				      NULL, "--parts-of-a-test--\r\n"},
	[SIM_PUBLISHER_FFMPEG] = {"", "--ffmpeg\r\n", "Content-type: image/jpeg\r\n",
				  "\r\n--ffmpeg\r\n", "Content-length: ", ""},
	[SIM_PUBLISHER_PICTURES] = {"Content-Type: image/jpeg\r\n", "", "", "", NULL, ""},
	[SIM_PUBLISHER_RAW_PICTURES] = {"", "", "", "", NULL, ""},
};

void sim_text_picture(struct sim_text *text, const struct sim_framing *framing, bool first,
		      uint32_t serial, uint32_t length)
{
	if (first)
		sim_text_line(text, "%s", framing->first);
	sim_text_line(text, "%s", framing->before);
	if (framing->length != NULL)
		sim_text_line(text, "%s%u\r\n", framing->length, length);
	if (*framing->before != '\0')
		sim_text_line(text, "\r\n");
	sim_picture_write(text->bytes + text->len, serial, length);
	text->len += length;
	sim_text_line(text, "%s", framing->behind);
}
