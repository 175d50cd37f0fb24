"""The decoders that a video may reach: those of what people upload, out of the five hundred of FFmpeg."""

from __future__ import annotations

VIDEO_DECODERS = {
    "h264": "phones, cameras, most of the web",
    "hevc": "phones and cameras since 2017",
    "vp8": "recordings of browsers",
    "vp9": "recordings of browsers, downloads",
    "libdav1d": "AV1: recordings of browsers, downloads",
    "av1": "AV1 where FFmpeg has no dav1d",
    "mpeg4": "cameras and AVI files of the 2000s (DivX, Xvid)",
    "mjpeg": "compact cameras and webcams",
    "prores": "iPhones Pro, editing programs",
    "theora": "screen recordings and free archives, in Matroska",
}
"""Names of FFmpeg's decoders, and where such videos come from."""

SOUND_DECODERS = {
    "aac": "phones, cameras, most of the web",
    "mp3float": "MP3: AVI files",
    "mp3": "MP3 where FFmpeg has no mp3float",
    "opus": "recordings of browsers",
    "vorbis": "WebM of the 2010s",
    "flac": "Matroska",
    "alac": "editing programs on a Mac",
    "ac3": "camcorders",
    "amrnb": "phones of the 2000s",
    "pcm_s16le": "cameras",
    "pcm_s16be": "QuickTime",
    "pcm_s24le": "cameras",
    "pcm_s24be": "QuickTime",
    "pcm_s32le": "editing programs",
    "pcm_f32le": "editing programs",
    "pcm_u8": "compact cameras",
    "pcm_mulaw": "webcams",
    "pcm_alaw": "webcams",
}
"""As above. A sound of another kind is left out of the result."""

DECODERS = ",".join(VIDEO_DECODERS | SOUND_DECODERS)
"""Value of FFmpeg's `codec_whitelist`: opening a file decodes some of every stream."""


def not_decoded(decoder: str) -> str:
    """Return the sentence for people about a video that needs another decoder."""
    return f"This video is encoded as {decoder!r}, which is not decoded here. Save it as MP4 (H.264) and try again."
