/* SPDX-License-Identifier: MIT */
/*
 * A simulated viewer, or anybody else who asks the relay for something over HTTP: sends a request,
 * checks every byte of the answer, and leaves in its own way.
 *
 * What it finds wrong ends the run: an answer that isn't one, a picture that is torn, a record or a
 * part where none should be, bytes behind the end.
 */
#ifndef SPILLWAY_TESTS_SIM_VIEWER_H
#define SPILLWAY_TESTS_SIM_VIEWER_H

#include "tests/sim_judge.h"
#include "tests/sim_picture.h"

enum sim_viewer_kind {
	SIM_VIEWER_NATIVE,
	SIM_VIEWER_MULTIPART,
	SIM_VIEWER_EARLY,
	SIM_VIEWER_PICTURE, /* one, *.jpg */
	SIM_VIEWER_OTHER,   /* any answer with a length */
	SIM_VIEWER_HEAD,    /* the same without its body */
};

enum sim_chatter { /* what a native one says besides its PINGs */
		   SIM_SAYS_NOTHING,
		   SIM_SAYS_UNKNOWN, /* records that are skipped */
		   SIM_SAYS_END,     /* that it goes */
		   SIM_SAYS_FRAME,   /* which it mustn't */
		   SIM_SAYS_NONSENSE,
		   SIM_CHATTERS
};

enum sim_rendition {
	SIM_RENDITION_NONE, /* its stream has none */
	SIM_RENDITION_AUTO,
	SIM_RENDITION_PINNED,
	SIM_RENDITION_LARGEST,
};

enum sim_leaving { SIM_STAYS, SIM_FINISHES, SIM_CLOSES, SIM_RESETS, SIM_VANISHES };

enum sim_reading { /* what comes next */
		   SIM_READING_HEAD,
		   SIM_READING_BODY,
		   SIM_READING_RECORD,
		   SIM_READING_PAYLOAD, /* of a record that is no frame */
		   SIM_READING_PART,
		   SIM_READING_PICTURE,
		   SIM_READING_PART_END,
		   SIM_READING_NOTHING,
};

enum { SIM_VIEWER_LINE = 1024, SIM_VIEWER_REQUEST = 3072 };

struct sim_viewer {
	struct sim_peer peer; /* address and link are set by who makes it */
	struct sim_judge *judge;

	/* what it does; set by who makes it */
	enum sim_viewer_kind kind;
	char request[SIM_VIEWER_REQUEST]; /* "": says nothing */
	uint32_t request_piece;		  /* bytes sent at once, 0: all */
	int64_t piece_us;		  /* between pieces */
	int64_t comes_us;
	int64_t leaves_us; /* 0: when the relay has ended it */
	enum sim_leaving leaving;
	int64_t ping_us;		  /* a native one's PINGs; 0: none */
	int64_t stall_every_us, stall_us; /* reads nothing, again and again; 0: never */
	bool talks;			  /* says more than it may */
	enum sim_chatter chatter;	  /* once, in the place of a PING */
	bool wishes;			  /* a native one, in the place of PINGs */
	enum sim_rendition rendition;	  /* that it asks for */
	int expected;			  /* status; 0: any */
	bool steady;			  /* its link is slow, but always the same */
	bool healthy;			  /* fast enough for everything */

	/* what it is doing */
	enum sim_reading reading;
	uint32_t n_line;
	uint64_t left; /* bytes of a body or payload */
	bool body_is_picture;
	bool ending; /* END, or the closing boundary, was begun */
	struct wire_header header;
	struct sim_picture picture;
	uint64_t pings, pongs;
	bool announced; /* a RENDITION: the next frame may be another's */
	size_t requested;
	struct sim_event act, stall, leave;
	char line[SIM_VIEWER_LINE];

	/* what has come of it */
	bool connected, done;
	bool left_itself;
	int status;		     /* of the answer */
	int error;		     /* -errno: how the connection was lost */
	bool complete;		     /* the answer has ended as it should */
	bool ended;		     /* the relay has ended the connection properly */
	int64_t agreed_us, ended_us; /* when the answer began, and all was over */
	int64_t first_us;      /* how long after the answer a frame came that was there before */
	uint64_t found_frames; /* frames from when TCP has found what its line carries, */
	int64_t found_us;      /* the first of them, */
	int64_t oldest_us;     /* and the greatest age of one when it was there */
	uint32_t newest_size;  /* bytes of the last picture */
	int64_t late_us;       /* frames that came later are counted: */
	uint64_t late_frames;
	int64_t began_us, newest_us; /* when the first and the last frame were there */
	struct sim_judge_view view;
};

/* The line that it asked with. */
const char *sim_viewer_name(const struct sim_viewer *viewer, char name[SIM_VIEWER_REQUEST]);

/* Lets it come at comes_us. It is the caller's until sim_destroy(). */
void sim_viewer_start(struct sim *sim, struct sim_viewer *viewer);

#endif
