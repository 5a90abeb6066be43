/* SPDX-License-Identifier: MIT */
/* The relay's guests, and those of its control socket. "cam", "door" and "vod/film" are agents'
 * streams. */
#include <string.h>

#include "tests/churn.h"

#define NATIVE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static void request(struct guest *guest, const char *method, const char *target, const char *fields)
{
	guest_print(guest, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, target, fields);
}

static void request_stream(struct guest *guest, const char *method, const char *folder,
			   const char *end, const char *fields)
{
	guest_print(guest, "%s /%s/%u%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, folder,
		    (unsigned)guest_random(guest, CHURN_NAMES), end, fields);
}

/* ---- viewers ---- */

static void text_record(struct guest *guest, uint8_t type, const char *text)
{
	const struct wire_header header = {.type = type, .length = (uint32_t)strlen(text)};

	guest_record(guest, &header, text);
}

static void watch_native(struct guest *guest)
{
	request(guest, "GET", "/cam?wait=9&rendition=auto", NATIVE);
}

static void change_wish(struct guest *guest)
{
	static const char *const wishes[] = {"auto", "240p", "", "none", "../.."};

	text_record(guest, guest_random(guest, 4) == 0 ? WIRE_PING : WIRE_WISH,
		    wishes[guest_random(guest, 5)]);
}

static void watch_parts(struct guest *guest)
{
	request(guest, "GET", "/cam.mjpg?wait=9", "");
}

static void watch_early(struct guest *guest)
{
	request(guest, "GET", "/cam/240p.mjpg?wait=9", "Accept: image/avif,image/*\r\n");
}

static void watch_on_demand(struct guest *guest)
{
	request(guest, "GET", "/door.mjpg?wait=9", "");
}

static void take_picture(struct guest *guest)
{
	request(guest, "GET", "/cam.jpg?wait=9", "");
}

static void watch_others(struct guest *guest)
{
	static const char *const ends[] = {".mjpg?wait=3", ".jpg", "", "?wait=1&rendition=auto"};

	request_stream(guest, "GET", guest_random(guest, 2) == 0 ? "pub" : "put",
		       ends[guest_random(guest, 4)], guest_random(guest, 2) == 0 ? NATIVE : "");
}

static void ask_for_film(struct guest *guest)
{
	request(guest, "GET", guest_random(guest, 2) == 0 ? "/vod/film.mjpg" : "/fake/film.jpg",
		"");
}

/* ---- publishers ---- */

static void publish_native(struct guest *guest)
{
	request_stream(guest, "POST", "pub", guest_random(guest, 4) == 0 ? "?takeover=1" : "",
		       NATIVE);
	guest_frame(guest);
}

static void one_more_frame(struct guest *guest)
{
	guest_frame(guest);
	if (guest_random(guest, 20) == 0)
		text_record(guest, WIRE_END, "Good bye.");
}

static void publish_malformed(struct guest *guest)
{
	request_stream(guest, "POST", "pub", "", NATIVE);
	guest_frame(guest);
	guest_malformed(guest, guest_random(guest, 4) == 0 ? "catalogue" : "wire");
}

/* Its frame is never whole. */
static void publish_half(struct guest *guest)
{
	const struct wire_header header = {
		.type = WIRE_FRAME, .flags = WIRE_KEY, .length = 1u << 20};
	uint8_t head[WIRE_HEADER_SIZE];

	request_stream(guest, "POST", "pub", "", NATIVE);
	wire_encode(&header, head);
	guest_send(guest, head, sizeof(head));
	guest_send(guest, guest_picture(guest)->data, guest_picture(guest)->len);
}

static void offer_film(struct guest *guest)
{
	request(guest, "POST", "/fake", NATIVE);
	text_record(guest, WIRE_CATALOGUE, "");
	text_record(guest, WIRE_CATALOGUE, "{\"slug\":\"film\",\"title\":\"A film\"}");
}

static void offer_more(struct guest *guest)
{
	text_record(guest, WIRE_CATALOGUE,
		    guest_random(guest, 2) == 0 ? "{\"slug\":\"film\",\"gone\":true}"
						: "{\"slug\":\"other\",\"error\":\"Broken\"}");
}

static void put_parts(struct guest *guest)
{
	request_stream(guest, "PUT", "put", "", CHUNKED "Expect: 100-continue\r\n");
}

/* A part, in a chunk. */
static void one_more_part(struct guest *guest)
{
	static const char head[] = "--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n";
	const struct picture *picture = guest_picture(guest);

	guest_print(guest, "%zx\r\n%s", sizeof(head) - 1 + picture->len + 2, head);
	guest_send(guest, picture->data, picture->len);
	guest_print(guest, "\r\n\r\n%s", guest_random(guest, 20) == 0 ? "0\r\n\r\n" : "");
}

static void one_more_picture(struct guest *guest)
{
	guest_send(guest, guest_picture(guest)->data, guest_picture(guest)->len);
}

static void put_jpeg(struct guest *guest)
{
	request_stream(guest, "PUT", "put", "",
		       "Content-Type: image/jpeg\r\nContent-Length: 100000000\r\n");
	one_more_picture(guest);
}

static void put_malformed(struct guest *guest)
{
	request_stream(guest, "PUT", "put", "", "Content-Length: 1000000\r\n");
	guest_malformed(guest, guest_random(guest, 2) == 0 ? "multipart" : "jpeg");
}

/* ---- requests ---- */

static void ask(struct guest *guest)
{
	static const char *const targets[] = {"/",	  "/api/streams",      "/metrics",
					      "/nothing", "/cam?rendition=..", "/static/x"};
	static const char *const methods[] = {"GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE"};

	request(guest, methods[guest_random(guest, 6)], targets[guest_random(guest, 6)],
		guest_random(guest, 2) == 0 ? "Accept: text/html\r\n" : "");
}

static void ask_health(struct guest *guest)
{
	request(guest, "GET", "/healthz", "");
}

static void malformed_request(struct guest *guest)
{
	guest_malformed(guest, "http");
}

/* A byte at a time, and it takes too long. */
static void one_byte(struct guest *guest)
{
	static const char text[] = "GET /cam.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n";

	guest_send(guest, text + guest_step(guest) % (sizeof(text) - 1), 1);
}

/* ---- the control socket ---- */

static void subscribe(struct guest *guest)
{
	guest_print(guest, "{\"request\":\"subscribe\"}\n");
}

static void control_relay(struct guest *guest)
{
	static const char *const lines[] = {
		"{\"request\":\"streams\"}", "{\"request\":\"viewers\",\"stream\":\"cam\"}",
		"{\"request\":\"viewers\"}", "{\"request\":\"stats\"}",
		"{\"request\":\"reload\"}",  "{\"request\":\"nonsense\"}",
	};

	guest_print(guest, "%s\n", lines[guest_random(guest, 6)]);
	if (guest_random(guest, 4) == 0)
		guest_print(guest, "{\"request\":\"kick\",\"id\":%u}\n",
			    (unsigned)guest_random(guest, 5000));
}

static void malformed_control(struct guest *guest)
{
	guest_malformed(guest, "control_request");
	guest_print(guest, "\n");
}

#define JPEG "\xff\xd8\xff"

const struct guest_kind churn_relay_kinds[] = {
	{"native viewer", CHURN_RELAY, .begin = watch_native, .go_on = change_wish, .expects = JPEG,
	 .weight = 4},
	{"slow native viewer", CHURN_RELAY, .begin = watch_native, .reading = READS_SLOWLY,
	 .expects = " 101 "},
	{"stalled native viewer", CHURN_RELAY, .begin = watch_native, .reading = READS_NOTHING,
	 .weight = 2},
	{"viewer of parts", CHURN_RELAY, .begin = watch_parts, .expects = JPEG, .weight = 2},
	{"slow viewer of parts", CHURN_RELAY, .begin = watch_parts, .reading = READS_SLOWLY,
	 .expects = " 200 "},
	{"stalled viewer of parts", CHURN_RELAY, .begin = watch_parts, .reading = READS_NOTHING},
	{"viewer of early parts", CHURN_RELAY, .begin = watch_early, .expects = JPEG},
	{"viewer on demand", CHURN_RELAY, .begin = watch_on_demand, .expects = JPEG, .weight = 2},
	{"picture taker", CHURN_RELAY, .begin = take_picture, .expects = JPEG, .weight = 2},
	{"viewer of others", CHURN_RELAY, .begin = watch_others, .expects = JPEG, .weight = 8},
	{"viewer of a film", CHURN_RELAY, .begin = ask_for_film, .patient = true,
	 .expects = " 307 "},
	{"native publisher", CHURN_RELAY, .begin = publish_native, .go_on = one_more_frame,
	 .expects = " 101 ", .weight = 4},
	{"silent publisher", CHURN_RELAY, .begin = publish_native, .expects = " 101 "},
	{"malformed publisher", CHURN_RELAY, .begin = publish_malformed, .expects = " 101 "},
	{"publisher of half a frame", CHURN_RELAY, .begin = publish_half, .expects = " 101 "},
	{"library", CHURN_RELAY, .begin = offer_film, .go_on = offer_more, .expects = " 101 "},
	{"PUT of parts", CHURN_RELAY, .begin = put_parts, .go_on = one_more_part,
	 .expects = " 100 ", .weight = 4},
	{"PUT of pictures", CHURN_RELAY, .begin = put_jpeg, .go_on = one_more_picture, .weight = 2},
	{"malformed PUT", CHURN_RELAY, .begin = put_malformed, .expects = "HTTP/1.1 4",
	 .weight = 2},
	{"request", CHURN_RELAY, .begin = ask, .expects = "HTTP/1.1 200", .weight = 3},
	{"request that isn't read", CHURN_RELAY, .begin = ask, .reading = READS_NOTHING},
	{"question of health", CHURN_RELAY, .begin = ask_health, .expects = "HTTP/1.1 200"},
	{"malformed request", CHURN_RELAY, .begin = malformed_request, .expects = "HTTP/1.1 400",
	 .weight = 4},
	{"slow request", CHURN_RELAY, .go_on = one_byte},
	{"silent connection", CHURN_RELAY, .begin = NULL},
	{"subscriber", CHURN_RELAY_CONTROL, .begin = subscribe, .expects = "\"event\"",
	 .weight = 2},
	{"subscriber that doesn't read", CHURN_RELAY_CONTROL, .begin = subscribe,
	 .go_on = subscribe, .reading = READS_NOTHING},
	{"control of the relay", CHURN_RELAY_CONTROL, .begin = control_relay,
	 .go_on = control_relay, .expects = "\"ok\""},
	{"malformed control of the relay", CHURN_RELAY_CONTROL, .go_on = malformed_control,
	 .expects = "\"error\""},
	{0},
};
